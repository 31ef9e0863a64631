"""What several tests share: videos, projects, shards, trained streams, reports."""
