"""When and where mittaristo runs: definitions, jobs, schedules, resources, settings, CLI."""
