// What views that draw over a page share: their parts by name, sentences with gaps filled, and elements of SVG.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const SVG = 'http://www.w3.org/2000/svg';
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const make = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
