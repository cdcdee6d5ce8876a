"""What is asked of the three services, what they answer, and what there is to choose from.

One module a service: `upscale`, `read` and `transcribe`, each with its request, its answer and its options. They
import no network, no image library and no service, so that a web page whose models run on another machine loads
none of these; `signatures` names all three for an engine. This package itself imports nothing.
"""
