-- The roles that a session was used with, as JSON: it ends when its person no longer has one of them.
ALTER TABLE session ADD COLUMN roles TEXT;
