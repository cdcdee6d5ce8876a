// The order in which a visitor did things, over all views of the page: events of different views, and their answers, may
// overtake each other on the way. Joined before the script of a view; goes out as `order` with what chooses a bar.
const ordered = () => {
  const page = (window.scorewebOrder ??= { name: Math.random().toString(36).slice(2), count: 0 });
  return [page.name, ++page.count];
};
