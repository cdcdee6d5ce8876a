"""The components of the page that Gradio does not have: Python, JavaScript and CSS of the same name."""
