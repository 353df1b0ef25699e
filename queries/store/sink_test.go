package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"trailsift/model"
)

// synthetic makes the n-th record of a believable stream.
func synthetic(log model.Log, member model.MemberID, n int) model.Record {
	var r model.Record
	r.Reset()
	r.Log, r.Number, r.Length, r.Offset = log, uint32(n+1), 1800, int64(n)*1801
	id := uint64(member)<<20 + uint64(n)
	mix := (id + 1) * 0x9E3779B97F4A7C15
	mix ^= mix >> 29
	r.Hash = mix * 0xBF58476D1CE4E5B9
	r.Time = 1767225600 + int64(id%1_000_000)/10
	r.Category, r.Outcome, r.Enc = model.Data, model.OK, model.EncNA
	r.Service, r.Op = "s3", [...]string{"GetObject", "PutObject", "ListObjects", "HeadObject"}[mix%4]
	r.Bucket = [...]string{"acme-finance", "acme-logs", "acme-web-assets-production"}[mix>>8%3]
	r.Key = fmt.Sprintf("reports/2026/%02d/%02d/file-%06d.parquet", mix>>10%12+1, mix>>20%28+1, mix>>30%40_000)
	r.IP = fmt.Sprintf("10.%d.%d.7", mix>>12%8, mix>>15%32)
	r.Agent = [...]string{"[aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64]", "[Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux]"}[mix>>3%2]
	r.Actor = fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/app-%d/i-0abc%d", mix>>5%20, mix>>6%50)
	r.ActorType, r.ActorAccount, r.AccessKey = "AssumedRole", "111122223333", fmt.Sprintf("ASIA%016X", mix%200)
	r.RequestID = fmt.Sprintf("%016X", mix)
	r.HostID = fmt.Sprintf("%x%016X%016X%016X+/=", mix, mix*3, mix*5, mix*7)
	r.Region, r.TLS, r.Cipher, r.Sig, r.Auth = "eu-west-1", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "SigV4", "header"
	r.BytesOut = int64(mix % 100_000)
	if log == model.CloudTrail {
		r.HasEventID = true
		binary.BigEndian.PutUint64(r.EventID[:], mix)
		binary.BigEndian.PutUint64(r.EventID[8:], id)
		r.Account, r.ReadOnly, r.BytesIn = "111122223333", model.True, 0
		r.Extra = `{"eventVersion":"1.09","eventType":"AwsApiCall","managementEvent":false,"eventCategory":"Data"}`
		r.Lean = 1<<40 - 1
	} else {
		r.OpRaw, r.Status, r.FieldCount = "REST.GET.OBJECT", 200, 26
		r.RequestURI = "GET /" + r.Key + " HTTP/1.1"
	}
	return r
}

// loadSynthetic loads whole members of the given sizes with that many workers.
func loadSynthetic(t testing.TB, c *Case, log model.Log, workers int, sizes []int) Totals {
	t.Helper()
	ctx := context.Background()
	s, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Reserve(ctx, len(sizes))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	queue := make(chan int)
	for range workers {
		w, err := s.Writer(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range queue {
				if err := loadMember(ctx, w, log, first+model.MemberID(i)<<24, sizes[i]); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range sizes {
		queue <- i
	}
	close(queue)
	wg.Wait()
	totals, err := s.Close(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

func loadMember(ctx context.Context, w model.Writer, log model.Log, id model.MemberID, size int) error {
	const batch = 1000
	records := make([]model.Record, 0, batch)
	for n := 0; n < size; n++ {
		records = append(records, synthetic(log, id, n))
		if len(records) == batch || n == size-1 {
			if err := w.Write(ctx, &model.Batch{Member: id, Records: records}); err != nil {
				return err
			}
			records = records[:0]
		}
	}
	return w.Finish(ctx, syntheticMember(log, id, size))
}

func syntheticMember(log model.Log, id model.MemberID, size int) *model.Member {
	m := &model.Member{ID: id, Locator: fmt.Sprintf("/evidence/%d.json.gz", id), Name: fmt.Sprint(id), Part: 1,
		Kind: model.KindCloudTrail, Delivered: true, Seen: int64(size), First: model.NoTime, Last: model.NoTime}
	if log == model.AccessLog {
		m.Kind = model.KindAccess
	}
	binary.BigEndian.PutUint64(m.SHA256File[:], uint64(id))
	return m
}

func number(t testing.TB, c *Case, query string, args ...any) int64 {
	t.Helper()
	db, done, err := c.DB(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var n sql.NullInt64
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n.Int64
}

func TestALoadOfManyWorkersLeavesOnePartFilledRowGroup(t *testing.T) {
	c := newTestCase(t)
	sizes := make([]int, 40)
	total := 0
	for i := range sizes {
		sizes[i] = 1600 + 155*i
		total += sizes[i]
	}
	got := loadSynthetic(t, c, model.CloudTrail, 3, sizes)
	if got.Seen != int64(total) || got.Members != 40 {
		t.Errorf("totals are %+v, want %d records of 40 members", got, total)
	}
	if n := number(t, c, `select count(*) from ct_events`); n != int64(total) {
		t.Errorf("%d rows, want %d", n, total)
	}
	if n := number(t, c, `select count(*) from (select member, count(*) n from ct_events group by member) join members using (member) where n = seen`); n != 40 {
		t.Errorf("%d members are whole, want 40", n)
	}
	if n := number(t, c, `select count(*) from (select row_group_id, max(start + count) n from pragma_storage_info('ct_events') where column_name = 'record' and segment_type not in ('VALIDITY') group by row_group_id) where n < ?`, groupRows); n > 1 {
		t.Errorf("%d row groups are part-filled, want at most 1", n)
	}
	if n := number(t, c, `select count(distinct (member, record)) from ct_events`); n != int64(total) {
		t.Errorf("%d different records, want %d", n, total)
	}
}

func TestEveryColumnGivesBackWhatWasStored(t *testing.T) {
	c := newTestCase(t)
	var r model.Record
	r.Reset()
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String {
			f.SetString("value of " + v.Type().Field(i).Name)
		}
	}
	r.Log, r.Number, r.Hash, r.Length, r.Offset = model.CloudTrail, 7, 1<<63+5, 99, 1<<40
	r.Time, r.SessionCreated, r.Lean, r.Flags = 1767225601, 1767225000, 1<<63|1, model.FlagOmitted
	r.Category, r.Outcome, r.Enc, r.EncReq = model.Management, model.Denied, model.EncNA, model.EncReqSSEC
	r.MFA, r.ReadOnly = model.False, model.True
	r.BytesOut, r.ObjectSize = 0, 5<<40
	r.HasEventID, r.EventID = true, [16]byte{0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff}
	r.IP, r.RequestID, r.Key = "::ffff:192.0.2.1", "00000000000000FF", "short"
	bad := r
	bad.Number, bad.Agent, bad.Key, bad.Time = 8, "caf\xe9 is a word in Latin-1", "\xff", 1<<50
	line := r
	line.Log, line.Number, line.IP, line.Status, line.OpRaw, line.FieldCount = model.AccessLog, 1, "2001:db8::1", 404, "REST.GET.OBJECT", 27
	loadRecords(t, c, map[model.MemberID][]model.Record{1 << 24: {r, bad}, 2 << 24: {line}})
	checks := map[string]int64{
		`select count(*) from ct_events where record = 7 and rec64 = 9223372036854775813 and off = 1099511627776 and len = 99`:                                                                             1,
		`select count(*) from ct_events where time = timestamp '2026-01-01 00:00:01' and session_created = timestamp '2025-12-31 23:50:00' and lean = 9223372036854775809`:                                 1,
		`select count(*) from ct_events where record = 7 and event_id = 'fe010203-0405-0607-0809-0a0b0c0d0eff' and shared_event_id is null and event_text = 'value of EventText'`:                          1,
		`select count(*) from ct_events where record = 7 and ip4 = 3221225985 and ip6 is null and ip = '::ffff:192.0.2.1' and req64 = 255 and key = 'short'`:                                               1,
		`select count(*) from ct_events where record = 7 and mfa = false and read_only and acl_required is null and status is null and bytes_out = 0 and bytes_in is null and object_size = 5497558138880`: 1,
		`select count(*) from ct_events where record = 7 and flags = 16384 and category = 2 and outcome = 2 and enc = 13 and enc_req = 5 and witness = 5 and integrity = 7`:                                1,
		`select count(*) from ct_events where record = 7 and request = 'value of Request' and extra = 'value of Extra' and actor = 'value of Actor' and issuer_account = 'value of IssuerAccount'`:         1,
		`select count(*) from ct_events where record = 8 and time is null and agent = 'caf� is a word in Latin-1' and key = '�' and flags & 32 = 32 and flags & 128 = 128`:                                 1,
		`select count(*) from al_events where status = 404 and ip4 is null and ip6 = 42540766411282592856903984951653826561 and field_count = 27 and owner = 'value of Owner' and time is not null`:        1,
	}
	for query, want := range checks {
		if got := number(t, c, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if got, _ := obj64("value of Bucket", "short", nil); number(t, c, `select count(*) from ct_events where obj64 = ?::ubigint`, fmt.Sprint(got)) != 1 {
		t.Error("obj64 is not the hash of bucket and key")
	}
}

// loadRecords loads given records, a member at a time in order of their numbers.
func loadRecords(t testing.TB, c *Case, members map[model.MemberID][]model.Record) {
	t.Helper()
	ctx := context.Background()
	s, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for id, records := range members {
		if len(records) == 0 {
			continue
		}
		if err := w.Write(ctx, &model.Batch{Member: id, Records: records}); err != nil {
			t.Fatal(err)
		}
		m := syntheticMember(records[0].Log, id, len(records))
		last := records[len(records)-1]
		m.SizeContent, m.SHA256Content = last.Offset+int64(last.Length), m.SHA256File
		if err := w.Finish(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestADiscardedMemberLeavesNothing(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	s, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := loadMember(ctx, w, model.CloudTrail, 1<<24, 5000); err != nil {
		t.Fatal(err)
	}
	// More than a row group, so that a part of it is committed when it is taken back.
	for i := 0; i < groupRows+5000; i += 5000 {
		records := make([]model.Record, 5000)
		for n := range records {
			records[n] = synthetic(model.CloudTrail, 2<<24, i+n)
		}
		if err := w.Write(ctx, &model.Batch{Member: 2 << 24, Records: records}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Discard(ctx, 2<<24); err != nil {
		t.Fatal(err)
	}
	m := syntheticMember(model.CloudTrail, 2<<24, 0)
	m.Kind, m.Reason = model.KindRejected, "the file is cut"
	m.Rejects = []model.Reject{{Number: 1, Offset: 3, Length: 9, Reason: "cut", Raw: []byte("\xff{\"a\":")}}
	if err := w.Finish(ctx, m); err != nil {
		t.Fatal(err)
	}
	if err := loadMember(ctx, w, model.CloudTrail, 3<<24, 100); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if n := number(t, c, `select count(*) from ct_events where member = ?`, 2<<24); n != 0 {
		t.Errorf("%d rows of the discarded member", n)
	}
	if n := number(t, c, `select count(*) from ct_events`); n != 5100 {
		t.Errorf("%d rows, want 5100", n)
	}
	if n := number(t, c, `select count(*) from rejects where raw = '\xFF{"a":'::blob`); n != 1 {
		t.Errorf("the reject's bytes are not kept")
	}
	again, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(ctx)
	if again.Present(m.Locator, m.SHA256File) {
		t.Error("a rejected file counts as present")
	}
	if ok := syntheticMember(model.CloudTrail, 1<<24, 0); !again.Present(ok.Locator, ok.SHA256File) {
		t.Error("a loaded file does not count as present")
	}
	if first, _ := again.Reserve(ctx, 1); first != 4<<24 {
		t.Errorf("the next member is %d, want the fourth", first>>24)
	}
}

func TestAMemberThatCouldNotBeHadGoesWhenItCame(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	load := func(finish func(w model.Writer, first model.MemberID) error) {
		t.Helper()
		s, err := c.Load(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := s.Reserve(ctx, 2)
		w, err := s.Writer(ctx)
		if err == nil {
			err = errors.Join(finish(w, first), w.Close(ctx))
		}
		if _, cerr := s.Close(ctx); err != nil || cerr != nil {
			t.Fatal(err, cerr)
		}
	}
	denied := func(locator string) func(model.Writer, model.MemberID) error {
		return func(w model.Writer, first model.MemberID) error {
			return w.Finish(ctx, &model.Member{ID: first, Part: 1, Locator: locator, Name: locator, Kind: model.KindSkipped, Reason: "access is denied"})
		}
	}
	name := syntheticMember(model.CloudTrail, 1<<24, 0).Locator
	load(denied(name))
	load(denied(name))
	load(denied("another"))
	if n := number(t, c, `select count(*) from members`); n != 2 {
		t.Errorf("%d members, want one for each that could not be had", n)
	}
	load(func(w model.Writer, first model.MemberID) error {
		m := syntheticMember(model.CloudTrail, first, 0)
		m.Locator = name
		return w.Finish(ctx, m)
	})
	if n := number(t, c, `select count(*) from members where kind = 'skipped'`); n != 1 {
		t.Errorf("%d members could not be had, want the other one", n)
	}
}

func TestReadersSeeCommittedRecordsWhileALoadRuns(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	s, err := c.Load(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := loadMember(ctx, w, model.CloudTrail, 1<<24, groupRows); err != nil {
		t.Fatal(err)
	}
	if n := number(t, c, `select count(*) from ct_events`); n != groupRows {
		t.Errorf("a reader sees %d rows, want %d", n, groupRows)
	}
	if v, _ := c.Fact(ctx, factSettled); v != "" {
		t.Error("the case claims to be settled while it is loaded")
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSourceAddressesSplitIntoNumbers(t *testing.T) {
	cases := map[string]int{
		"10.0.0.1": 4, "::ffff:10.0.0.1": 4, "2001:db8::1": 6, "s3.amazonaws.com": 0, "AWS Internal": 0,
		"10.0.0.1:80": 0, "fe80::1%eth0": 0, "": 0, "-": 0, "010.0.0.1": 0, "abcd::": 6, "1": 0,
	}
	for s, want := range cases {
		if _, _, got := address(s); got != want {
			t.Errorf("address(%q) has width %d, want %d", s, got, want)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
		b.Run(log.String(), func(b *testing.B) {
			const members, each = 250, 2000
			records := make([][]model.Record, 8)
			for i := range records {
				for n := range each {
					records[i] = append(records[i], synthetic(log, model.MemberID(i+1)<<24, n))
				}
			}
			for b.Loop() {
				c := newTestCase(b)
				ctx := context.Background()
				s, err := c.Load(ctx, nil)
				if err != nil {
					b.Fatal(err)
				}
				var wg sync.WaitGroup
				start := time.Now()
				for k := range 2 {
					w, err := s.Writer(ctx)
					if err != nil {
						b.Fatal(err)
					}
					wg.Go(func() {
						for i := range members {
							id := model.MemberID(2*i+k+1) << 24
							if err := w.Write(ctx, &model.Batch{Member: id, Records: records[i%8]}); err != nil {
								b.Error(err)
							}
							if err := w.Finish(ctx, syntheticMember(log, id, each)); err != nil {
								b.Error(err)
							}
						}
						if err := w.Close(ctx); err != nil {
							b.Error(err)
						}
					})
				}
				wg.Wait()
				if _, err := s.Close(ctx); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(2*members*each/time.Since(start).Seconds(), "records/s")
			}
		})
	}
}
