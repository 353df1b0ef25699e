package s3

import (
	"fmt"
	"testing"
	"time"
)

func TestTheNewestIsTheNewestLogNotTheEndOfItsDay(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	at := time.Date(2026, 3, 16, 1, 52, 0, 0, time.UTC)
	var years []string
	for hour := range 400 {
		years = append(years, accessKey("", at.Add(-time.Duration(hour)*37*time.Hour)))
	}
	logs := "AWSLogs/111122223333/CloudTrail/us-east-1/"
	for name, c := range map[string]struct {
		keys  []string
		place string
		want  time.Time
	}{
		"a CloudTrail log":                        {[]string{logKey("AWSLogs/", account, region, at), logKey("AWSLogs/", account, region, at.Add(-time.Hour))}, "", at.Add(time.Minute)},
		"a log of another Region":                 {[]string{logKey("AWSLogs/", account, region, at), logKey("AWSLogs/", account, "eu-west-1", at.AddDate(0, 0, -3))}, "", at.Add(time.Minute)},
		"not a digest, which comes every hour":    {[]string{logKey("AWSLogs/", account, region, at), digestKey("AWSLogs/", account, region, "main", at.AddDate(0, 0, 2))}, "", at.Add(time.Minute)},
		"a digest where nothing else is":          {[]string{digestKey("AWSLogs/", account, region, "main", at)}, "", at},
		"not the folder of a day that is empty":   {[]string{logKey("AWSLogs/", account, region, at), logs + "2026/03/17/x/"}, "", at.Truncate(24*time.Hour).AddDate(0, 0, 1)},
		"only of the day that is named":           {[]string{logKey("AWSLogs/", account, region, at), logKey("AWSLogs/", account, region, at.AddDate(0, 0, -3))}, logs + "2026/03/13/", at.AddDate(0, 0, -3).Add(time.Minute)},
		"an access log":                           {append(years, accessKey("", at.Add(7*time.Minute))), "", at.Add(7 * time.Minute)},
		"of access logs that begin as is asked":   {years, years[200][:13], at.Add(-200 * 37 * time.Hour)},
		"an access log in folders by delivery":    {[]string{accessKey("logs/111122223333/us-east-1/acme/2026/03/16/", at)}, "", at},
		"the last change, where names tell a day": {[]string{accessKey("logs/111122223333/us-east-1/acme/2026/03/02/", march.AddDate(0, 0, -6).Truncate(24*time.Hour))}, "", march.AddDate(0, 0, -6).Truncate(24 * time.Hour)},
		"nothing that a name tells":               {[]string{"notes.txt"}, "", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stand(t, c.keys...)
			l := discover(t, s.client(t, Options{}), Pruning{}, "s3://"+bucket+"/"+c.place)
			before := l.Lists
			var ids []int
			for _, s := range l.Streams {
				ids = append(ids, s.ID)
			}
			got, err := l.Newest(t.Context(), ids)
			if err != nil || !got.Equal(c.want) {
				t.Errorf("%s, not %s: %v", got, c.want, err)
			}
			if s.count("") != int(l.Lists) || l.Lists-before > 25 {
				t.Errorf("%d requests, %d of them told", s.count(""), l.Lists)
			}
		})
	}
}

func TestTheNewestOfManyPagesIsFound(t *testing.T) {
	s := newServer(t)
	at := time.Date(2026, 3, 16, 1, 0, 0, 0, time.UTC)
	for i := range 250 {
		s.put(t, accessKey("", at.Add(time.Duration(i)*10*time.Second)), fmt.Sprint(i), nil)
	}
	s.inject((&lister{s: s, page: 100}).serve)
	l := discover(t, s.client(t, Options{}), Pruning{})
	if got, err := l.Newest(t.Context(), []int{0}); err != nil || !got.Equal(at.Add(2490*time.Second)) {
		t.Errorf("%s, %v", got, err)
	}
}
