"""Training: architectures, augmentation and the job that makes the networks in models/.

Imports TensorFlow; runs in worker processes and from the command line, never in the server.
"""
