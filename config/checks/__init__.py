"""What typed settings can not mean (`errors`), should not (`advice`), or do not do yet (`inactive`). For `config.reading` alone.

They know the models, and no method or type by its name: an entry says itself what must be known of it.
"""
