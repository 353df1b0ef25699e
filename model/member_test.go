package model

import "testing"

func TestPlace(t *testing.T) {
	for name, c := range map[string]struct {
		m    Member
		want string
	}{
		"a file below its folder":              {Member{Locator: "/e/AWSLogs/x.gz", Name: "AWSLogs/x.gz", Path: "/e/AWSLogs/x.gz"}, "AWSLogs/x.gz"},
		"an object":                            {Member{Locator: "s3://b/p/x.gz", Name: "x.gz", Path: "/c/evidence/b/p/x.gz"}, "b/p/x.gz"},
		"an entry of a zip archive":            {Member{Locator: "/e/a.zip!d/x.gz", Name: "a.zip!d/x.gz", Path: "/e/a.zip", Entry: "d/x.gz"}, "d/x.gz"},
		"an entry of a tar archive":            {Member{Locator: "/e/a.tar!d/x.gz", Name: "a.tar!d/x.gz", Path: "/c/evidence/local/e/a.tar!/d/x.gz"}, "d/x.gz"},
		"marks in the archive's name":          {Member{Name: "s!/a!b.tar!d/x.gz", Path: "/c/evidence/local/s%21/a%21b.tar!/d/x.gz"}, "d/x.gz"},
		"marks in the entry's name":            {Member{Name: "a.tar!d!e/x!.gz", Path: "/c/evidence/local/a.tar!/d%21e/x%21.gz"}, "d!e/x!.gz"},
		"an entry at the top":                  {Member{Name: "a.tar!x.gz", Path: "/c/evidence/local/a.tar!/x.gz"}, "x.gz"},
		"an entry of standard input":           {Member{Name: "standard-input!d/x.gz", Path: "/c/evidence/local/standard-input!/d/x.gz"}, "d/x.gz"},
		"a plain file in a folder with a mark": {Member{Name: "s!/x.gz", Path: "/e/s!/x.gz"}, "s!/x.gz"},
		"a plain file below such a folder":     {Member{Name: "p!q/x.gz", Path: "/s!/p!q/x.gz"}, "p!q/x.gz"},
		"a copy of such a file":                {Member{Name: "p!q/x.gz", Path: "/c/evidence/local/s%21/p%21q/x.gz"}, "p!q/x.gz"},
	} {
		if got := c.m.Place(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
