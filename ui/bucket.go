package ui

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/screen/bucket"
	"trailsift/ui/theme"
)

// Bucket is a bucket that is looked into before anything of it is loaded.
type Bucket struct {
	Name    string // shown sanitised
	Backend bucket.Backend
	// Take begins the load of some of its streams, within a span.
	Take func(ids []int, span model.Span) *Load
}

// openBucket shows what lies in the bucket.
func (r *Root) openBucket(b *Bucket) tea.Cmd {
	var s *bucket.Bucket
	s = bucket.New(r, b.Backend, bucket.Options{
		Name: b.Name,
		Take: func(ids []int, span model.Span) tea.Cmd {
			r.options.Load = b.Take(ids, span)
			return tea.Batch(r.startLoad(r.options.Load), r.leaveBucket(s))
		},
		Leave: func() tea.Cmd {
			r.Notice(theme.Warn, "nothing was taken from the bucket")
			return r.leaveBucket(s)
		},
	})
	return r.ShowScreen(s)
}

// leaveBucket goes on with the case as it is.
func (r *Root) leaveBucket(s *bucket.Bucket) tea.Cmd {
	s.Stop()
	if r.top() == s {
		r.stack = r.stack[:len(r.stack)-1]
	}
	r.showBriefing()
	return r.show()
}
