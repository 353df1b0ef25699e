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

func TestPartsOfAnAnswerAreToldApartFromTheWhole(t *testing.T) {
	th, sh := theme.New(true), &teller{}
	q := Question[int]{Doing: "counting", Cannot: "could not count"}
	var did []string
	step := func(doing string, peek bool, v int, err error) model.Part[int] {
		return model.Part[int]{Doing: doing, Peek: peek, Do: func(context.Context) (int, error) { did = append(did, doing); return v, err }}
	}
	covered := 0
	covers := func(context.Context, model.Query) (model.Coverage, error) { covered++; return model.Coverage{}, nil }
	ask := func(parts ...model.Part[int]) func() (int, bool) {
		cmd := q.BeginParts(sh, parts, func(v int) bool { return v == 0 }, covers, model.Query{})
		return func() (int, bool) {
			v, ok := q.Take(cmd())
			cmd = q.More()
			return v, ok
		}
	}
	next := ask(step("a look", true, 0, nil), step("the first half", false, 5, nil), step("the rest", false, 9, nil))
	if q.Pending() != "counting, 1 of 3: a look" || q.SoFar {
		t.Errorf("before all parts: %q", q.Pending())
	}
	if v, ok := next(); !ok || v != 0 || !q.SoFar || q.Remark() != " so far" || covered != 0 {
		t.Errorf("the first part: %d, %v", v, ok)
	}
	if text := strings.Join(q.Excuse(th, 80, 3, true, "nothing was found"), ""); strings.Contains(text, "nothing was found") {
		t.Errorf("a part without anything stands for the whole: %q", text)
	}
	if v, ok := next(); !ok || v != 5 || !q.SoFar || q.Pending() != "counting, 3 of 3: the rest" {
		t.Errorf("the second part: %d, %v, %q", v, ok, q.Pending())
	}
	if v, ok := next(); !ok || v != 9 || q.SoFar || q.Remark() != "" || q.Waiting() || q.More() != nil {
		t.Errorf("the last part: %d, %v", v, ok)
	}
	did = nil
	next = ask(step("a look", true, 1, nil), step("the first half", false, 2, nil), step("the rest", false, 3, nil))
	if _, ok := next(); ok || q.SoFar || !q.Waiting() {
		t.Error("a part takes the place of a whole answer")
	}
	if v, ok := next(); !ok || v != 3 || strings.Join(did, " ") != "the first half the rest" {
		t.Errorf("asked again: %d, %v after %q", v, ok, did)
	}
	q.Known = false
	next = ask(step("a look", true, 1, nil), step("the rest", false, 3, nil))
	if _, ok := next(); !ok || !q.Stop() || q.Waiting() || !q.SoFar || q.More() != nil {
		t.Error("what there is of an answer that was given up does not say so, or is gone on with")
	}
	next = ask(step("the first half", false, 1, nil), step("the rest", false, 0, errors.New("gone")), step("never", false, 2, nil))
	if _, ok := next(); !ok {
		t.Error("the part before a failure is missing")
	}
	if _, ok := next(); ok || q.Failed == "" || q.Waiting() || q.More() != nil {
		t.Errorf("a failing part: %q", q.Failed)
	}
	next = ask(step("the only one", false, 0, nil))
	if _, ok := next(); !ok || covered != 1 {
		t.Errorf("an empty answer was held %d times against the coverage", covered)
	}
}
