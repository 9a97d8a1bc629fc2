"""The screens of pages: the list of all, one page, and the forms that change them."""
