package s3

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// logKey is a CloudTrail log file's key below root, which ends where the account follows.
func logKey(root, account, region string, at time.Time) string {
	return fmt.Sprintf("%s%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_Mu0KsOhtH1ar15ZZ.json.gz", root, account, region, at.Format(dayFolder), account, region, at.Format("20060102T1504Z"))
}

func digestKey(root, account, region, trail string, at time.Time) string {
	return fmt.Sprintf("%s%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_us-east-1_%s.json.gz", root, account, region, at.Format(dayFolder), account, region, trail, at.Format("20060102T150405Z"))
}

func accessKey(prefix string, at time.Time) string {
	return prefix + at.Format(nameStamp) + "-0123456789ABCDEF"
}

var march = time.Date(2026, 3, 8, 2, 0, 0, 0, time.UTC)

// stand puts keys into a bucket, each holding its own name.
func stand(t *testing.T, keys ...string) *server {
	t.Helper()
	s := newServer(t)
	for _, k := range keys {
		content := k
		if strings.HasSuffix(k, "/") {
			content = "" // as consoles mark a folder
		}
		s.put(t, k, content, nil)
	}
	return s
}

func discover(t *testing.T, c *Client, want Pruning, places ...string) *Layout {
	t.Helper()
	if len(places) == 0 {
		places = []string{"s3://" + bucket}
	}
	l, err := c.Discover(t.Context(), places, want, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told writes streams as "kind account region source prefix".
func told(l *Layout) (out []string) {
	for _, s := range l.Streams {
		out = append(out, strings.Join(strings.Fields(strings.Join([]string{string(s.Kind), s.Org, s.Account, s.Region, s.Source, s.Prefix}, " ")), " "))
	}
	return out
}

func TestLayoutsAreFoundByTheirFolders(t *testing.T) {
	const one, two = "111122223333", "444455556666"
	tests := map[string]struct {
		keys []string
		want []string
	}{
		"one account, digests beside": {
			[]string{logKey("AWSLogs/", one, "us-east-1", march), logKey("AWSLogs/", one, "eu-west-1", march), digestKey("AWSLogs/", one, "us-east-1", "main", march)},
			[]string{
				"cloudtrail-digest 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail-Digest/us-east-1/",
				"cloudtrail 111122223333 eu-west-1 AWSLogs/111122223333/CloudTrail/eu-west-1/",
				"cloudtrail 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail/us-east-1/",
			},
		},
		"an organization": {
			[]string{logKey("AWSLogs/o-exampleorgid/", one, "us-east-1", march), logKey("AWSLogs/o-exampleorgid/", two, "us-east-1", march)},
			[]string{
				"cloudtrail o-exampleorgid 111122223333 us-east-1 AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-east-1/",
				"cloudtrail o-exampleorgid 444455556666 us-east-1 AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1/",
			},
		},
		"Control Tower": {
			[]string{logKey("o-exampleorgid/AWSLogs/o-exampleorgid/", one, "us-east-1", march), "o-exampleorgid/AWSLogs/111122223333/Config/us-east-1/2026/3/8/x.json.gz"},
			[]string{
				"other 111122223333 o-exampleorgid/AWSLogs/111122223333/Config/",
				"cloudtrail o-exampleorgid 111122223333 us-east-1 o-exampleorgid/AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-east-1/",
			},
		},
		"a prefix of several folders, and one that is an account's number": {
			[]string{logKey("security/trails/a+b c/AWSLogs/", one, "us-east-1", march), logKey("999988887777/AWSLogs/", two, "us-gov-west-1", march)},
			[]string{
				"cloudtrail 444455556666 us-gov-west-1 999988887777/AWSLogs/444455556666/CloudTrail/us-gov-west-1/",
				"cloudtrail 111122223333 us-east-1 security/trails/a+b c/AWSLogs/111122223333/CloudTrail/us-east-1/",
			},
		},
		"insights and what an account holds of other services": {
			[]string{"AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/08/x.json.gz", "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/03/08/x.log.gz"},
			[]string{
				"cloudtrail-insight 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail-Insight/us-east-1/",
				"other 111122223333 AWSLogs/111122223333/elasticloadbalancing/",
			},
		},
		"access logs, simple, in a folder, by a bare prefix and by none": {
			[]string{accessKey("logs/", march), accessKey("acme-finance", march), accessKey("", march), accessKey("", march.AddDate(1, 0, 0))},
			[]string{"access", "access acme-finance", "access logs/"},
		},
		"access logs, partitioned by delivery and by event time": {
			[]string{
				accessKey("logs/111122223333/us-east-1/acme-finance/2026/03/08/", march),
				accessKey("tail-111122223333/eu-west-1/acme-web/2026/03/08/", march.Truncate(24*time.Hour)),
			},
			[]string{
				"access 111122223333 us-east-1 acme-finance logs/111122223333/us-east-1/acme-finance/",
				"access 111122223333 eu-west-1 acme-web tail-111122223333/eu-west-1/acme-web/",
			},
		},
		"a mixed bucket": {
			[]string{logKey("AWSLogs/", one, "us-east-1", march), accessKey("logs/finance/", march), "backups/db/dump.sql", "readme.txt", "AWSLogs/", "logs/"},
			[]string{
				"other", "cloudtrail 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail/us-east-1/",
				"other backups/db/", "access logs/finance/",
			},
		},
		"names that only resemble": {
			[]string{"AWSLogs/1111/CloudTrail/us-east-1/x", "AWSLogs/111122223333/CloudTrail/nowhere/x", "2026-03-08-02-00-00-", "111122223333/us-east-1/bucket/x"},
			[]string{
				"other", "other 111122223333 111122223333/us-east-1/bucket/",
				"cloudtrail us-east-1 AWSLogs/1111/CloudTrail/us-east-1/",
				"other 111122223333 AWSLogs/111122223333/CloudTrail/nowhere/",
			},
		},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			s := stand(t, c.keys...)
			l := discover(t, s.client(t, Options{}), Pruning{})
			if got := told(l); !slices.Equal(got, c.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
			if s.count("GET /"+bucket+"?") != int(l.Lists) || s.count("") != int(l.Lists) {
				t.Errorf("%d requests, %d of them told; nothing is downloaded to discover", s.count(""), l.Lists)
			}
			if keys := counted(t, l, model.Span{}); !slices.Equal(keys, real(c.keys)) {
				t.Errorf("the streams hold %q, the bucket %q", keys, real(c.keys))
			}
		})
	}
}

// real are keys in order, without the markers of folders.
func real(keys []string) (out []string) {
	for _, k := range keys {
		if !strings.HasSuffix(k, "/") {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// counted are the keys of all streams, in order; a key that two streams hold comes twice.
func counted(t *testing.T, l *Layout, span model.Span) (keys []string) {
	t.Helper()
	var ids []int
	for _, s := range l.Streams {
		ids = append(ids, s.ID)
	}
	hauls, err := l.Count(t.Context(), ids, span, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range Join(hauls...).Objects {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestAPlaceWithinALayoutIsUnderstood(t *testing.T) {
	in, out := logKey("AWSLogs/", "111122223333", "us-east-1", march), logKey("AWSLogs/", "111122223333", "us-east-1", march.AddDate(0, 0, 1))
	acc, later := accessKey("logs/f-", march), accessKey("logs/f-", march.AddDate(0, 1, 0))
	s := stand(t, in, out, acc, later, "logs/x.json.gz")
	c := s.client(t, Options{})
	for p, want := range map[string]struct {
		stream, key string
		specific    bool
	}{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/": {"cloudtrail 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/", in, true},
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08":  {"cloudtrail 111122223333 us-east-1 AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08", in, true},
		"logs/f-2026-03": {"access logs/f-2026-03", acc, true},
		"logs/x.json.gz": {"other logs/x.json.gz", "logs/x.json.gz", true},
		"logs/x":         {"other logs/x", "logs/x.json.gz", false},
	} {
		l := discover(t, c, Pruning{}, "s3://"+bucket+"/"+p)
		if got := told(l); !slices.Equal(got, []string{want.stream}) {
			t.Errorf("%s: %q", p, got)
		}
		if keys := counted(t, l, model.Span{}); !slices.Equal(keys, []string{want.key}) {
			t.Errorf("%s holds %q", p, keys)
		}
		if l.Specific("s3://"+bucket+"/"+p) != want.specific {
			t.Errorf("%s: specific is %v", p, !want.specific)
		}
	}
}

func TestPlacesThatOverlapShareNothing(t *testing.T) {
	a, b := logKey("AWSLogs/", "111122223333", "us-east-1", march), logKey("AWSLogs/", "111122223333", "us-east-1", march.AddDate(0, 0, 1))
	s := stand(t, a, b, "x")
	l := discover(t, s.client(t, Options{}), Pruning{}, "s3://"+bucket, "s3://"+bucket+"/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/", "s3://"+bucket)
	if keys := counted(t, l, model.Span{}); !slices.Equal(keys, []string{a, b, "x"}) {
		t.Errorf("%q", keys)
	}
}

func TestPruningListsLess(t *testing.T) {
	const one, two = "111122223333", "444455556666"
	var keys []string
	for day := range 20 {
		at := march.AddDate(0, 0, day)
		for _, account := range []string{one, two} {
			for _, region := range []string{"us-east-1", "eu-west-1", "ap-southeast-2"} {
				keys = append(keys, logKey("AWSLogs/", account, region, at), digestKey("AWSLogs/", account, region, "main", at))
			}
		}
		keys = append(keys, accessKey("logs/", at))
	}
	s := stand(t, keys...)
	c := s.client(t, Options{})
	counts := func(want Pruning, span model.Span) (discovery, listing, objects int64, left []string) {
		l := discover(t, c, want)
		ids, left, _ := l.Choose([]string{"s3://" + bucket}, false)
		hauls, err := l.Count(t.Context(), ids, span, nil)
		if err != nil {
			t.Fatal(err)
		}
		v := Join(hauls...).Volume
		return l.Lists, v.Lists, v.Objects, left
	}
	d, n, objects, left := counts(Pruning{}, model.Span{})
	if d != 9 || n != 13 || objects != int64(len(keys)) || len(left) != 0 {
		t.Errorf("all: %d + %d requests, %d objects, left %q", d, n, objects, left)
	}
	d, n, objects, left = counts(Pruning{Accounts: []string{one}, Regions: []string{"eu-west-1"}}, model.Span{From: march, To: march.Add(time.Hour)})
	// The account's log of the hour and of the day its stragglers may take, and that day's digest: the other
	// one ends where the hour begins.
	if d != 6 || n != 2 || objects != 3 || len(left) != 1 || !strings.Contains(left[0], "access logs whose names tell no account") {
		t.Errorf("an account, a Region and an hour: %d + %d requests, %d objects, left %q", d, n, objects, left)
	}
	if s.count("GET /"+bucket+"?") != int(9+13+6+2) {
		t.Errorf("%d requests were made, and fewer told", s.count(""))
	}
	before := s.asking(two)
	counts(Pruning{Accounts: []string{one}}, model.Span{})
	if s.asking(two) != before {
		t.Error("an account that nobody asked for was listed")
	}
}

func TestASpanIsListedFromItsFirstDayOn(t *testing.T) {
	var keys []string
	for hour := -24 * 400; hour < 24*400; hour += 12 {
		keys = append(keys, logKey("AWSLogs/", "111122223333", "us-east-1", march.Add(time.Duration(hour)*time.Hour)), accessKey("", march.Add(time.Duration(hour)*time.Hour)))
	}
	s := stand(t, keys...)
	l := discover(t, s.client(t, Options{}), Pruning{})
	span := model.Span{From: march, To: march.Add(12 * time.Hour)}
	ids, _, _ := l.Choose(nil, false)
	hauls, err := l.Count(t.Context(), ids, span, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hauls {
		// CloudTrail may deliver a day late, access logs two.
		if want := map[model.StreamKind]int{model.StreamAccess: 5, model.StreamCloudTrail: 4}[l.Streams[i].Kind]; h.Volume.Lists != 1 || len(h.Objects) != want || !strings.Contains(h.Objects[0].Key, map[model.StreamKind]string{model.StreamAccess: "2026-03-08-02", model.StreamCloudTrail: "20260308T0200Z"}[l.Streams[i].Kind]) {
			t.Errorf("%s: %d requests, %d objects from %s", l.Streams[i].Prefix, h.Volume.Lists, len(h.Objects), h.Objects[0].Key)
		}
	}
}

func TestATrailIsToldByItsDigests(t *testing.T) {
	const one, two = "111122223333", "444455556666"
	mine := []string{
		logKey("one/AWSLogs/", one, "us-east-1", march), digestKey("one/AWSLogs/", one, "us-east-1", "main", march),
		digestKey("one/AWSLogs/", one, "us-east-1", "spare", march),
	}
	s := stand(t, append(mine,
		logKey("one/AWSLogs/", one, "eu-west-1", march), digestKey("one/AWSLogs/", one, "eu-west-1", "spare", march),
		logKey("one/AWSLogs/", two, "us-east-1", march), digestKey("one/AWSLogs/", two, "us-east-1", "spare", march), logKey("one/AWSLogs/", two, "eu-north-1", march),
		logKey("two/AWSLogs/", one, "us-east-1", march), digestKey("two/AWSLogs/", one, "us-east-1", "other", march), accessKey("logs/", march))...)
	c := s.client(t, Options{})
	for _, name := range []string{"main", "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"} {
		l := discover(t, c, Pruning{Trail: name})
		ids, left, _ := l.Choose(nil, false)
		hauls, err := l.Count(t.Context(), ids, model.Span{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range Join(hauls...).Objects {
			got = append(got, o.Key)
		}
		if slices.Sort(got); !slices.Equal(got, real(mine)) {
			t.Errorf("%s: %q", name, got)
		}
		said := strings.Join(left, "\n")
		for _, want := range []string{
			`log files of trail "spare" lie in the same folders, and no name tells which is whose: they are taken too`,
			`log files of 111122223333 eu-west-1, 444455556666 eu-north-1, 444455556666 us-east-1 are left out: no digest of trail "main" lies beside them`,
		} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: not told %q:\n%s", name, want, said)
			}
		}
	}
	l := discover(t, c, Pruning{Trail: "nobody's"})
	if ids, left, _ := l.Choose(nil, false); len(ids) != 0 || !strings.Contains(strings.Join(left, "\n"), "no digest of trail") {
		t.Errorf("%v, %q", ids, left)
	}
}

func TestABucketFullOfOtherThingsIsNotSearchedForEver(t *testing.T) {
	s := newServer(t)
	for i := range 700 {
		s.put(t, fmt.Sprintf("data/%04d/%04d/x", i, i), "x", nil)
	}
	key := logKey("trails/AWSLogs/", "111122223333", "us-east-1", march)
	s.put(t, key, "x", nil)
	l := discover(t, s.client(t, Options{}), Pruning{})
	if l.Lists > 2*mostPlain {
		t.Errorf("%d requests", l.Lists)
	}
	if !slices.Contains(told(l), "cloudtrail 111122223333 us-east-1 trails/AWSLogs/111122223333/CloudTrail/us-east-1/") {
		t.Error("the logs were not found")
	}
	if keys := counted(t, l, model.Span{}); len(keys) != 701 {
		t.Errorf("%d of 701 objects are in a stream", len(keys))
	}
}

func TestArchivedObjectsAreNamedAndLeftOut(t *testing.T) {
	s := stand(t, "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/a", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/b", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/08/c")
	s.inject(func(w http.ResponseWriter, r *http.Request) bool {
		return s.rewriteListing(w, r, func(body string) string {
			for name, class := range map[string]string{"/b": "<StorageClass>DEEP_ARCHIVE</StorageClass>", "/c": "<StorageClass>GLACIER</StorageClass><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2026-12-21T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>", "/a": "<StorageClass>STANDARD_IA</StorageClass>"} {
				body = strings.ReplaceAll(body, name+"</Key>", name+"</Key>"+class)
			}
			return body
		})
	})
	l := discover(t, s.client(t, Options{}), Pruning{})
	hauls, err := l.Count(t.Context(), []int{0}, model.Span{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := hauls[0]
	if len(h.Objects) != 2 || h.Volume.Archived != 1 || h.Archived[0].Key[len(h.Archived[0].Key)-1] != 'b' {
		t.Errorf("%+v", h)
	}
	e := Price(h.Volume, 0)
	if e.Gets != 2 || e.Retrieval <= 0 || e.Requests <= 0 || e.Duration <= 0 {
		t.Errorf("%+v", e)
	}
}
