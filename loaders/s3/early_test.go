package s3

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// digestOf is a digest of the hour that ends at a time and lists some keys.
func digestOf(end time.Time, keys ...string) string {
	return digestFrom(end.Add(-time.Hour), end, keys...)
}

func digestFrom(start, end time.Time, keys ...string) string {
	var logs []string
	for _, k := range keys {
		logs = append(logs, fmt.Sprintf(`{"s3Bucket":%q,"s3Object":%q,"hashValue":"00","hashAlgorithm":"SHA-256"}`, bucket, k))
	}
	return fmt.Sprintf(`{"awsAccountId":"111122223333","digestStartTime":%q,"digestEndTime":%q,"digestS3Bucket":%q,"digestS3Object":"x","digestPublicKeyFingerprint":"00","previousDigestSignature":null,"logFiles":[%s]}`,
		start.Format(time.RFC3339), end.Format(time.RFC3339), bucket, strings.Join(logs, ","))
}

// taken are the base names of what a load of a span takes, told to be taken and in truth.
func taken(t *testing.T, s *server, want Pruning, span model.Span) (names []string, h *Haul) {
	t.Helper()
	c := s.client(t, Options{})
	l := discover(t, c, want)
	ids, _, _ := l.Choose(nil, false)
	hauls, err := l.Count(t.Context(), ids, span, nil)
	if err != nil {
		t.Fatal(err)
	}
	h = Join(hauls...)
	ev := evidence(t)
	if err := c.Complete(t.Context(), h, ev); err != nil {
		t.Fatal(err)
	}
	for _, cand := range c.Take(h, nil, ev) {
		if cand.Skip == "" {
			fetched(t.Context(), cand)
		}
		names = append(names, path.Base(cand.Locator))
	}
	for _, o := range h.Objects {
		if n := s.count("GET /" + bucket + "/" + o.Key); n != 1 {
			t.Errorf("%s was fetched %d times", o.Key, n)
		}
	}
	slices.Sort(names)
	return names, h
}

func TestASpanTakesWhatItsFirstDigestsList(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	midnight := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for name, from := range map[string]time.Time{"within a day": midnight.Add(10*time.Hour + 30*time.Minute), "from midnight on": midnight} {
		t.Run(name, func(t *testing.T) {
			log := func(minutes int) string {
				return logKey("AWSLogs/", account, region, from.Add(time.Duration(minutes)*time.Minute))
			}
			ended, straddles, other, next := from, from.Add(22*time.Minute), from.Add(40*time.Minute), from.Add(82*time.Minute)
			lists := map[string]string{
				digestKey("AWSLogs/", account, region, "main", ended):     digestOf(ended, log(-50)),
				digestKey("AWSLogs/", account, region, "main", straddles): digestOf(straddles, log(-18), log(5)),
				digestKey("AWSLogs/", account, region, "main", next):      digestOf(next, log(-75), log(30)), // the first of them came late
				digestKey("AWSLogs/", account, region, "spare", other):    digestOf(other, log(-10)),
			}
			// Of the other trail, before its first digest here.
			keys := []string{log(-75), log(-50), log(-30), log(-18), log(-10), log(5), log(30)}
			s := stand(t, keys...)
			for k, content := range lists {
				s.put(t, k, content, nil)
			}
			names, h := taken(t, s, Pruning{}, model.Span{From: from, To: from.Add(time.Hour)})
			var want []string
			for _, k := range []string{log(-75), log(-18), log(-10), log(5), log(30)} {
				want = append(want, path.Base(k))
			}
			for k := range lists {
				if !strings.Contains(k, ended.Format("20060102T150405Z")) {
					want = append(want, path.Base(k))
				}
			}
			if slices.Sort(want); !slices.Equal(names, want) {
				t.Errorf("taken\n  %s\nnot\n  %s", strings.Join(names, "\n  "), strings.Join(want, "\n  "))
			}
			// Two trails and a late log: names tell of the hour before the first digest only.
			if h.Before != 3 || h.Volume.Objects != 8 {
				t.Errorf("%d objects are told, %d of before", h.Volume.Objects, h.Before)
			}
		})
	}
}

func TestTheLastLogsOfASpanAreThoseOfItsLastDigest(t *testing.T) {
	to := time.Date(2026, 3, 10, 12, 0, 30, 0, time.UTC)
	end := to.Add(trailLag + 50*time.Second)
	log := logKey("AWSLogs/", "111122223333", "us-east-1", end.Truncate(time.Minute))
	s := stand(t, log, logKey("AWSLogs/", "111122223333", "us-east-1", end.Add(3*time.Minute)))
	s.put(t, digestKey("AWSLogs/", "111122223333", "us-east-1", "main", end), digestOf(end, log), nil)
	if names, _ := taken(t, s, Pruning{}, model.Span{To: to}); len(names) != 2 || !slices.Contains(names, path.Base(log)) {
		t.Errorf("%q", names)
	}
}

func TestDigestsThatCannotBeHadBringNothingOfBefore(t *testing.T) {
	from := time.Date(2026, 3, 10, 10, 30, 0, 0, time.UTC)
	s := stand(t, logKey("AWSLogs/", "111122223333", "us-east-1", from.Add(-10*time.Minute)), logKey("AWSLogs/", "111122223333", "us-east-1", from.Add(time.Minute)))
	s.put(t, digestKey("AWSLogs/", "111122223333", "us-east-1", "main", from.Add(5*time.Minute)), "\x1f\x8b no digest", nil)
	if names, _ := taken(t, s, Pruning{}, model.Span{From: from}); len(names) != 2 {
		t.Errorf("%q", names)
	}
}

// TestADigestOfALongWindowBringsWhatItLists: nothing but its own time says how long a window is.
func TestADigestOfALongWindowBringsWhatItLists(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	from := time.Date(2026, 3, 10, 3, 30, 0, 0, time.UTC)
	log := func(hours int) string {
		return logKey("AWSLogs/", account, region, from.Add(time.Duration(hours)*time.Hour))
	}
	long, next := from.Add(5*time.Hour), from.Add(6*time.Hour)
	s := stand(t, log(-30), log(-27), log(-25), log(-4), log(-1), log(2), log(5))
	foreign := strings.ReplaceAll(log(-4), account, "444455556666") // whose folder nobody asked for
	s.put(t, foreign, "x", nil)
	lists := map[string]string{
		digestKey("AWSLogs/", account, region, "main", long): digestFrom(from.Add(-28*time.Hour), long, log(-27), log(-25), log(-4), log(-1), log(2), foreign, "../../etc/passwd"),
		digestKey("AWSLogs/", account, region, "main", next): digestOf(next, log(5)),
	}
	for k, content := range lists {
		s.put(t, k, content, nil)
	}
	names, h := taken(t, s, Pruning{Accounts: []string{account}}, model.Span{From: from})
	var want []string
	for _, k := range []string{log(-27), log(-25), log(-4), log(-1), log(2), log(5)} {
		want = append(want, path.Base(k))
	}
	for k := range lists {
		want = append(want, path.Base(k))
	}
	if slices.Sort(want); !slices.Equal(names, want) || len(h.Closed) > 0 {
		t.Errorf("taken, with %v closed,\n  %s\nnot\n  %s", h.Closed, strings.Join(names, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestADigestThatListsTooMuchOfBeforeIsToldOf(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	from := time.Date(2026, 3, 10, 3, 30, 0, 0, time.UTC)
	var keys []string
	for day := range mostDays + 3 {
		keys = append(keys, logKey("AWSLogs/", account, region, from.AddDate(0, 0, -2-day)))
	}
	s := stand(t, keys[0], keys[mostDays+2], logKey("AWSLogs/", account, region, from.Add(time.Hour)))
	end := from.Add(time.Hour)
	s.put(t, digestKey("AWSLogs/", account, region, "main", end), digestFrom(from.AddDate(-2, 0, 0), end, keys...), nil)
	names, h := taken(t, s, Pruning{}, model.Span{From: from})
	if len(h.Closed) != 3 || !strings.Contains(h.Closed[0].Why, "longer before") || !slices.Contains(names, path.Base(keys[0])) || slices.Contains(names, path.Base(keys[mostDays+2])) {
		t.Errorf("%d closed, taken %q", len(h.Closed), names)
	}
}

func TestASpanThatBeginsWithinAMinuteTakesTheDigestThatEndsInIt(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	minute := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	first, log := minute.Add(25*time.Second), logKey("AWSLogs/", account, region, minute)
	s := stand(t, log)
	s.put(t, digestKey("AWSLogs/", account, region, "main", first), digestOf(first, log), nil)
	s.put(t, digestKey("AWSLogs/", account, region, "main", minute), digestOf(minute), nil)
	if names, _ := taken(t, s, Pruning{}, model.Span{From: minute.Add(40 * time.Second)}); len(names) != 2 || !slices.Contains(names, path.Base(digestKey("", account, region, "main", first))) {
		t.Errorf("%q", names)
	}
}
