"""What people may edit without code: vocabulary, dimensions, forms, prompts and models."""
