package filter

import (
	"testing"
	"time"

	"trailsift/model"
)

func TestHoursOfTheDay(t *testing.T) {
	at := time.Date(2026, 3, 7, 17, 59, 59, 0, time.UTC).Unix()
	for text, want := range map[string]struct{ ok, holds bool }{
		"8-18":         {true, true},
		"8-17":         {true, false},
		"18-8":         {true, false},
		"22-6":         {true, false},
		"17-6":         {true, true},
		"0-24":         {true, true},
		"8-18+01:00":   {true, false},
		"19-20+01:30":  {true, true},
		"12-13-05:00":  {true, true},
		"8-8":          {false, false},
		"8":            {false, false},
		"8-25":         {false, false},
		"24-8":         {false, false},
		"-8-18":        {false, false},
		"8-18+1":       {false, false},
		"8-18+01:60":   {false, false},
		"8-18+":        {false, false},
		"8-18Z":        {false, false},
		"eight-nine":   {false, false},
		"8-18+01:00:0": {false, false},
	} {
		h, ok := ParseHours(model.Value{Text: text})
		if ok != want.ok || ok && h.Holds(at) != want.holds {
			t.Errorf("%s: %+v, %v", text, h, ok)
		}
	}
	if h, _ := ParseHours(model.Value{Text: "23-1"}); !h.Holds(-1) || h.Holds(-3*3600) {
		t.Error("hours before 1970 are told wrong")
	}
}
