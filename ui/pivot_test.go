package ui

import (
	"context"
	"errors"
	"math/rand"
	"testing"
	"time"

	"trailsift/model"
)

func TestPivotsShowExactCountsBeforeOneIsChosen(t *testing.T) {
	m := newMemory(600)
	m.rows[1][model.FieldSession], m.rows[1][model.FieldIssuer] = "i-0a9c", "arn:aws:iam::111122223333:role/app"
	m.rows[9][model.FieldSession], m.rows[9][model.FieldIssuer] = "i-0a9c", "arn:aws:iam::111122223333:role/other"
	p := start80(t, m, nil)
	p.press("esc", "j", "p")
	p.shows("Go on from this request", "o object", "1  acme-finance/finance/2025/q2/report-0001.", "i ip", "150  198.51.100.23",
		"a actor", "200  arn:aws:sts::111122223333:assumed-role/ap", "s session", "1  i-0a9c of arn:", "r request, both logs", "t time around", "44  2026-03-01 02:11:05Z and 5 min to either")
	p.press("esc")
	p.hides("Go on from this request")
	p.press("g", "p", "s")
	p.shows("no way on by session: the record has none")
}

func TestAPivotIsAPushAndQComesBackToTheSamePlace(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+")
	for range 40 {
		p.press("j")
	}
	p.press("l", "pgdown")
	before, record := p.screen(), p.top(t)
	p.press("p", "i")
	p.shows("Events: ip ", "150 of 600")
	if got := p.top(t); got != record {
		t.Errorf("the cursor is on record %v, want %v, from which the pivot was taken", got, record)
	}
	p.press("p", "a")
	p.shows("▸ actor", "200 of 600")
	p.press("q")
	p.shows("150 of 600")
	p.press("q")
	if got := p.screen(); got != before {
		t.Errorf("after q the screen is\n%s\nwant\n%s", got, before)
	}
}

func TestAPivotChosenBeforeItsCountsAreHereIsTakenWhenTheyAre(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc")
	_, ask := p.root.Update(keyPress("p"))
	p.shows("Go on from this request")
	p.press("i")
	p.hides("Events: ip")
	p.run(ask)
	p.shows("Events: ip 203.0.113.7", "150 of 600")
}

func TestAFailedPivotSaysSo(t *testing.T) {
	m := newMemory(600)
	p := start80(t, m, nil)
	p.press("esc")
	m.hook = func(context.Context, string) error { return errors.New("disk gone") }
	p.press("p")
	p.shows("could not read the request: disk gone")
	p.press("i")
	p.hides("Events: ip")
}

func TestSearchStepsThroughTheListWithoutFilteringIt(t *testing.T) {
	m := newMemory(3000)
	m.rows[40][model.FieldAgent] = "Needle/1.0"
	m.rows[2900][model.FieldAgent] = "a needle too"
	p := start80(t, m, nil)
	p.press("esc", "ctrl+t")
	p.typeText("NEEDLE")
	p.press("enter")
	p.shows("41 of 3 000", "3 000 of 3 000", "no filter")
	p.press("n")
	p.shows("2 901 of 3 000")
	p.press("n")
	p.shows(`no row holding "NEEDLE" after this one`)
	p.press("N")
	p.shows("41 of 3 000")
}

// Wherever the cursor stands and whichever way the list is turned, e and E find what walking the rows
// one by one would find.
func TestSeekingFindsWhatWalkingFinds(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	for round := range 6 {
		m := newMemory(300)
		for i := range m.rows {
			m.rows[i][model.FieldOutcome] = "ok"
			if random.Intn(100) == 0 {
				m.rows[i][model.FieldOutcome] = "denied"
			}
			// Many rows share a second.
			m.rows[i][model.FieldTime] = start.Add(time.Duration(i/9) * time.Second)
		}
		p := start80(t, m, nil)
		p.press("esc")
		if round%2 == 1 {
			p.press("l", "s", "s")
			if round == 3 {
				p.press("s", "l", "l", "l", "s")
			}
		}
		q := p.root.top().(interface{ Query() model.Query }).Query()
		order := m.selected(q)
		for range 12 {
			at := random.Intn(len(order))
			p.press("g")
			for range at {
				p.press("j")
			}
			forward := random.Intn(2) == 0
			key, step := "E", -1
			if forward {
				key, step = "e", 1
			}
			want := at
			for n := at + step; n >= 0 && n < len(order); n += step {
				if m.rows[order[n]][model.FieldOutcome] == "denied" {
					want = n
					break
				}
			}
			p.press(key)
			if got := p.root.top().(interface{ Cursor() int64 }).Cursor(); got != int64(want) {
				t.Fatalf("round %d: %s from row %d leads to %d, want %d", round, key, at, got, want)
			}
		}
	}
}
