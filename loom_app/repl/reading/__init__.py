"""What can be read: one tool a subject, each under the permission and the scope of whoever asks."""
