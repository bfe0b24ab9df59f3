"""The market as data: calendar, activities, firms, customers, plans."""
