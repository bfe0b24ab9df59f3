"""The world as data: calendar, activities, firms, people, plans."""
