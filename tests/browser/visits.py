"""A visitor of the page in a browser of its own."""


class Visit:
    """One visitor's page, and everything that it asked for and complained about."""

    def __init__(self, chromium, url, **context):
        self.context = chromium.new_context(
            viewport=context.pop("viewport", {"width": 1280, "height": 1000}), **context
        )
        self.context.set_default_timeout(90_000)  # two browsers and two apps share the cores
        self.page = self.context.new_page()
        self.requests, self.errors = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.goto(url)
        self.page.locator("#sw-start").wait_for(timeout=120_000)

    def upload(self, path):
        self.page.locator("#sw-file input[type=file]").set_input_files(str(path))

    def replace(self, path):
        """Another file in place of the one that lies there."""
        self.page.locator(
            "#sw-file button[aria-label='Clear'], #sw-file button[aria-label='Remove']"
        ).first.click()
        self.upload(path)

    def outside(self, url):
        return [r for r in self.requests if not r.startswith((url, "data:", "blob:"))]
