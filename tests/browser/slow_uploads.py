"""Uploads that take as long as a test wants."""


def slow_uploads(page):
    """Uploads are held until the returned function is called, and pass from then on."""
    held, arrived = [], []

    def hold(route):
        if arrived:
            route.continue_()
        else:
            held.append(route)

    def arrive():
        arrived.append(True)
        for route in held:
            route.continue_()

    page.route("**/gradio_api/upload*", hold)
    return held, arrive
