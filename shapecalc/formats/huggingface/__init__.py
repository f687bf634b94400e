"""Configs of published models, as Hugging Face's `transformers` writes them: each is a spec with arguments."""
