package crawler

import "context"

func (s *session) askSitemaps(ctx context.Context) bool { return false }
