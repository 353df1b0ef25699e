package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/inquiry"
)

// comparedBy are what two windows are compared by, out of the raw records.
var comparedBy = []struct {
	name string
	of   func(p *plain) string
}{
	{"actor", func(p *plain) string { return p.actor }}, {"op", func(p *plain) string { return p.op }}, {"prefix", plainPrefix},
	{"ip", func(p *plain) string { return p.ip }}, {"agent", func(p *plain) string { return p.agent }},
}

// plainPrefix is the bucket and the first folder of the key.
func plainPrefix(p *plain) string {
	if folder, _, ok := strings.Cut(p.key, "/"); ok {
		return p.bucket + "/" + folder + "/"
	}
	if p.bucket == "" {
		return ""
	}
	return p.bucket + "/"
}

// randomComparisons holds two halves, and two people, against counts of the raw requests.
func randomComparisons(t *testing.T, w *world, f plainFilter) {
	half := randomStart.Add(time.Hour)
	windows := [2]model.Span{{From: randomStart, To: half}, {From: half, To: half.Add(90 * time.Minute)}}
	told, err := inquiry.Compare(context.Background(), w.engine, w.filter(t, f), windows[0], windows[1])
	if err != nil {
		t.Fatal(err)
	}
	var sides [2][]*plain
	for _, p := range w.shown(f) {
		for i, s := range windows {
			if !p.at.IsZero() && !p.at.Before(s.From) && p.at.Before(s.To) {
				sides[i] = append(sides[i], p)
			}
		}
	}
	differ(t, "windows", f, deltaTexts(told), plainDeltas(sides, "", 1.5))

	people := [2]string{randomPeople[0].requester, randomPeople[1].requester}
	if told, err = inquiry.CompareActors(context.Background(), w.engine, w.filter(t, f), people[0], people[1]); err != nil {
		t.Fatal(err)
	}
	sides = [2][]*plain{}
	for _, p := range w.shown(f) {
		for i, name := range people {
			if p.actor == name {
				sides[i] = append(sides[i], p)
			}
		}
	}
	scale := float64(plainTotals(sides[1]).Requests) / float64(max(1, plainTotals(sides[0]).Requests))
	differ(t, "people", f, deltaTexts(told), plainDeltas(sides, "actor", scale))
}

func deltaTexts(all []answer.Delta) []string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprintf("%s %s %s %d %d", d.Field, d.Change, d.Value, d.Before, d.After))
	}
	return out
}

// plainDeltas are what has at least twice, or at most half, of what the length of the windows, or what
// both people do, would have it have.
func plainDeltas(sides [2][]*plain, without string, scale float64) []string {
	var out []string
	for _, by := range comparedBy {
		if by.name == without {
			continue
		}
		before, after := group(sides[0], by.of), group(sides[1], by.of)
		for v := range group(append(append([]*plain{}, sides[0]...), sides[1]...), by.of) {
			b, a := plainTotals(before[v]).Requests, plainTotals(after[v]).Requests
			expected, change := float64(b)*scale, ""
			switch {
			case b == 0:
				change = "new"
			case a == 0:
				change = "gone"
			case float64(a) >= 2*expected:
				change = "grown"
			case float64(a) <= expected/2:
				change = "shrunk"
			}
			if v != "" && change != "" {
				out = append(out, fmt.Sprintf("%s %s %s %d %d", by.name, change, v, b, a))
			}
		}
	}
	return out
}
