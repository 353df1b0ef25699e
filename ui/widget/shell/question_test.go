package shell

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/ui/theme"
)

// teller counts the notices.
type teller struct {
	numbers
	told []string
}

func (t *teller) Notice(_ theme.Role, text string) { t.told = append(t.told, text) }

func TestAnEmptyAnswerIsHeldAgainstTheCoverage(t *testing.T) {
	th, sh := theme.New(true), &teller{}
	q := Question[[]int]{Doing: "counting", Cannot: "could not count"}
	none := func(v []int) bool { return len(v) == 0 }
	covers := func(context.Context, model.Query) (model.Coverage, error) {
		return model.Coverage{Lines: []model.CoverageLine{{Log: model.AccessLog, Bucket: "evil\x1b[2J", Records: 3, First: time.Unix(0, 0), Last: time.Unix(60, 0), Hours: 1, WindowHours: 24}}, Missing: []string{"no CloudTrail records are loaded"}}, nil
	}
	text := func(empty bool) string { return strings.Join(q.Excuse(th, 80, 8, empty, "nothing was found"), "\n") }
	answer := func(v []int, err error) ([]int, bool) {
		return q.Take(q.Begin(sh, func(context.Context) ([]int, error) { return v, err }, none, covers, model.Query{})())
	}
	if !strings.Contains(text(true), "counting") {
		t.Errorf("before the answer: %s", text(true))
	}
	if v, ok := answer(nil, nil); !ok || len(v) != 0 || !q.Known {
		t.Error("the empty answer was not taken")
	}
	got := text(true)
	if !strings.Contains(got, "nothing was found") || !strings.Contains(got, "no CloudTrail records are loaded") || !strings.Contains(got, "records in 1 of 24 hours of the window") || strings.Contains(got, "\x1b") {
		t.Errorf("an empty answer: %q", got)
	}
	if v, ok := answer([]int{7}, nil); !ok || v[0] != 7 || q.Excuse(th, 80, 8, false, "") != nil {
		t.Error("an answer is excused")
	}
	if _, ok := answer(nil, errors.New("the disk\x1b is gone")); ok || len(sh.told) != 1 || !strings.HasPrefix(q.Failed, "could not count: the disk") || strings.Contains(text(false), "\x1b") {
		t.Errorf("a failure: %q, %q", q.Failed, sh.told)
	}
	if q.Waiting() || q.Stop() || q.Pending() != "" {
		t.Error("an answer is still awaited")
	}
	late := q.Begin(sh, func(context.Context) ([]int, error) { return []int{1}, nil }, none, covers, model.Query{})
	if q.Pending() != "counting" || q.Peel() != nil || q.Waiting() {
		t.Error("the question is not given up")
	}
	if _, ok := q.Take(late()); ok {
		t.Error("the answer to a question given up was taken")
	}
}
