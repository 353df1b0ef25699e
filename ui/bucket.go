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
	// Only tells that the case knows no other place of evidence, so that looking for new evidence looks
	// here again as long as nothing was taken.
	Only   bool
	screen *bucket.Bucket // once it was shown
}

// openBucket shows what lies in the bucket.
func (r *Root) openBucket(b *Bucket) tea.Cmd {
	var s *bucket.Bucket
	s = bucket.New(r, b.Backend, bucket.Options{
		Name: b.Name,
		Take: func(ids []int, span model.Span) tea.Cmd {
			r.options.Load, b.Only = b.Take(ids, span), false
			return tea.Batch(r.startLoad(r.options.Load), r.leaveBucket(s))
		},
		Leave: func() tea.Cmd {
			text := "nothing was taken from the bucket"
			if b.Only {
				text += "; R shows it again"
			}
			r.Notice(theme.Warn, text)
			return r.leaveBucket(s)
		},
	})
	b.screen = s
	return r.ShowScreen(s)
}

// reopenBucket shows the bucket as it was left.
func (r *Root) reopenBucket(b *Bucket) tea.Cmd {
	if r.top() == b.screen {
		return nil
	}
	r.stack = append(r.stack, b.screen)
	return r.show()
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
