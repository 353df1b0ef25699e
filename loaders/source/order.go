package source

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"
)

// undated sorts candidates without a time in their name after all others.
const undated = int64(1<<63 - 1)

// nameTime reads the delivery time out of a file name, in Unix seconds: CloudTrail writes
// _YYYYMMDDTHHMMZ_ ("CloudTrail log file name format"), digests _YYYYMMDDTHHMMSSZ., S3 server access
// logging <prefix>YYYY-mm-DD-HH-MM-SS-<unique> ("Amazon S3 server access log format").
func nameTime(name string) int64 {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	for i := 0; i < len(base); i++ {
		if base[i] == '_' {
			if t, ok := stamp(base[i+1:], "20060102T1504Z_"); ok {
				return t
			}
			if t, ok := stamp(base[i+1:], "20060102T150405Z."); ok {
				return t
			}
		}
		if base[i] == '2' {
			if t, ok := stamp(base[i:], "2006-01-02-15-04-05-"); ok {
				return t
			}
		}
	}
	return undated
}

// stamp reads layout at the beginning of s. A cheap look at the shape comes before time.Parse, which
// is slow when it fails.
func stamp(s, layout string) (int64, bool) {
	if len(s) < len(layout) {
		return 0, false
	}
	for i := 0; i < len(layout); i++ {
		digit := s[i] >= '0' && s[i] <= '9'
		if wants := layout[i] >= '0' && layout[i] <= '9'; wants != digit || !wants && s[i] != layout[i] {
			return 0, false
		}
	}
	t, err := time.Parse(layout, s[:len(layout)])
	if err != nil {
		return 0, false
	}
	return t.Unix(), true
}

// sortItems puts items in the order of the time in their names, else of their locators, and drops
// files that were named twice.
func sortItems(items []item) []item {
	slices.SortStableFunc(items, func(a, b item) int {
		if c := cmp.Compare(a.when, b.when); c != 0 {
			return c
		}
		return compareLocators(a, b)
	})
	return slices.CompactFunc(items, func(a, b item) bool {
		return a.when == b.when && a.home.remote == nil && b.home.remote == nil && a.skip == b.skip &&
			compareLocators(a, b) == 0
	})
}

// compareLocators orders by locator without building one.
func compareLocators(a, b item) int {
	if a.home == b.home {
		return strings.Compare(a.name, b.name)
	}
	la, lb := a.home.locator, b.home.locator
	n := min(len(la), len(lb))
	if c := strings.Compare(la[:n], lb[:n]); c != 0 {
		return c
	}
	return strings.Compare(la[n:]+a.name, lb[n:]+b.name)
}
