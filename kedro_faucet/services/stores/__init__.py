"""Object stores and disks of other machines: objects at URLs, each provider by its own credentials."""
