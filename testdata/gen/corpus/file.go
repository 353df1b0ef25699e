package corpus

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/chain"
	"trailsift/testdata/gen/dice"
)

// made is one CloudTrail log that was written.
type made struct {
	chain.Log
	region              string
	events              int
	json, packed, lines int64
}

func inRegion(logs []made, region string) []chain.Log {
	var out []chain.Log
	for _, l := range logs {
		if l.region == region {
			out = append(out, l.Log)
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].Delivered.Before(out[b].Delivered) })
	return out
}

// file makes one CloudTrail log and the access-log object of the same requests.
func (w *estate) file(p plan) (made, error) {
	g := w.generator(p)
	region := regions[[]int{0, 0, 0, 1, 2}[dice.Mix(w.Seed^uint64(p.index)<<8)%5]]
	seconds := g.times(p)
	log, lines := []byte(`{"Records":[`), []byte(nil)
	for i, s := range seconds {
		r := g.request(i, time.Unix(s, 0).UTC(), region)
		if i > 0 {
			log = append(log, ',')
		}
		log = r.CloudTrail(log)
		if g.r.Float64() < w.Access {
			lines = append(lines, r.AccessLog(26).Text...)
			lines = append(lines, '\n')
		}
	}
	log = append(log, `]}`...)
	sort.Slice(seconds, func(a, b int) bool { return seconds[a] < seconds[b] })
	suffix := g.text(dice.Mixed, 16)
	end := p.to.Add(5 * time.Minute).Truncate(5 * time.Minute)
	m := made{region: region, events: p.events, json: int64(len(log)), lines: int64(len(lines))}
	m.Log = chain.Log{
		Object: "AWSLogs/" + accounts[0] + "/CloudTrail/" + region + "/" + end.Format("2006/01/02") + "/" + accounts[0] + "_CloudTrail_" + region + "_" + end.Format("20060102T1504Z") + "_" + suffix + ".json.gz",
		Hash:   chain.Sum(log), Delivered: end, Oldest: time.Unix(seconds[0], 0).UTC(), Newest: time.Unix(seconds[len(seconds)-1], 0).UTC(),
	}
	packed := pack(log, w.Level)
	m.packed = int64(len(packed))
	if err := w.write(filepath.Join(trailBucket, filepath.FromSlash(m.Object)), packed); err != nil {
		return m, err
	}
	if w.Access == 0 {
		return m, nil
	}
	return m, w.write(filepath.Join("access", end.Format("2006-01-02-15-04-05-")+g.text("0123456789ABCDEF", 16)), lines)
}

// pack compresses with the module's pinned compressor, so that a new Go release changes no byte.
func pack(content []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the level was checked
	}
	_, err = z.Write(content)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // memory does not fail
	}
	return b.Bytes()
}

// generator draws the requests of one file. Its stream depends on the seed and the file alone.
type generator struct {
	*estate
	r          *rand.Rand
	objects    *rand.Zipf
	popularity *rand.Zipf
	file       int
}

func (w *estate) generator(p plan) *generator {
	r := rand.New(dice.New(w.Seed, "file "+strconv.Itoa(p.index)))
	return &generator{w, r, rand.NewZipf(r, 1.05, 4, uint64(w.keys-1)), rand.NewZipf(r, 1.08, 6, uint64(len(w.principals)-2)), p.index}
}

func (g *generator) text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.r.IntN(len(alphabet))]
	}
	return string(b)
}

// times are the seconds of a file's events: roughly in order, as real files are.
func (g *generator) times(p plan) []int64 {
	out := make([]int64, p.events)
	for i := range out {
		out[i] = p.from.Unix() + g.r.Int64N(max(p.to.Unix()-p.from.Unix(), 1))
	}
	sort.Slice(out, func(a, b int) bool { return out[a] < out[b] })
	for i := 0; i+3 < len(out); i += 4 {
		j := i + g.r.IntN(4)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// request draws one call.
func (g *generator) request(i int, at time.Time, region string) activity.Request {
	a, p, n := g.action(g.r), &g.principals[g.popularity.Uint64()], int(g.objects.Uint64())
	intruder := dice.Mix(uint64(g.file)*1e6+uint64(i))%4000 == 0 && at.Sub(g.Start).Hours() > g.Days*24*0.6
	if intruder {
		p = &g.principals[len(g.principals)-1]
		a = actions[[]int{0, 6, 4, 3}[g.r.IntN(4)]]
	}
	bucket, key := g.object(n, region)
	r := activity.Request{
		Time: at, Took: 4 + g.r.IntN(60), Account: accounts[0], Region: region, Call: a.call, Bucket: bucket, Owner: accounts[0],
		IP: p.ips[g.r.IntN(len(p.ips))], Agent: p.agents[g.r.IntN(len(p.agents))],
	}
	r.Actor = g.actor(p, at)
	r.Shape.VPCE, r.Shape.Weak = p.vpce, dice.Mix(uint64(len(r.Agent)))%3 == 0
	r.Shape.ACLRequired = dice.Mix(uint64(len(bucket)))&1 == 1
	g.ids(&r)
	if a.object {
		r.Key = key
	}
	g.fail(&r, a)
	g.transfer(&r, a)
	g.details(&r, key, n, intruder)
	if a.object && r.Error == "" {
		g.encrypt(&r, a, n, intruder)
	}
	return r
}

// actor is the principal's session of the hour.
func (g *generator) actor(p *principal, at time.Time) *activity.Actor {
	switch {
	case p.actor.Account == activity.Anonymous.Account:
		return activity.Anonymous
	case p.actor.Issuer == nil:
		return &p.actor
	}
	a := p.actor
	a.Created = at.Add(-time.Duration(dice.Mix(uint64(at.Unix()/3600))%3600) * time.Second)
	return &a
}

func (g *generator) ids(r *activity.Request) {
	var raw [57]byte
	for j := range raw {
		raw[j] = byte(g.r.Uint32())
	}
	r.HostID = base64.StdEncoding.EncodeToString(raw[:])
	r.ID = fmt.Sprintf("%016X", g.r.Uint64())
	a, b := g.r.Uint64(), g.r.Uint64()
	r.EventID = fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)
}

// fail lets about one request in thirty go wrong, and most anonymous ones.
func (g *generator) fail(r *activity.Request, a action) {
	switch x := g.r.Float64(); {
	case x < 0.018 || r.Actor == activity.Anonymous && x < 0.6:
		who := r.Actor.ARN
		if who == "" {
			who = "anonymous"
		}
		r.Error, r.Status = "AccessDenied", 403
		r.Message = "User: " + who + " is not authorized to perform: s3:" + a.call + ` on resource: "arn:aws:s3:::` + r.Bucket + "/" + r.Key + `" because no identity-based policy allows the s3:` + a.call + " action"
	case x < 0.028 && a.object && !a.write:
		r.Error, r.Message, r.Status = "NoSuchKey", "The specified key does not exist.", 404
	case x < 0.030:
		r.Error, r.Message, r.Status = "SlowDown", "Please reduce your request rate.", 503
	case x < 0.033 && a.call == "GetObject":
		r.Status = 304
	}
}

func (g *generator) transfer(r *activity.Request, a action) {
	r.Size = int64(math.Exp(g.r.NormFloat64()*2.2 + 10))
	if r.Error != "" {
		r.Out = 243
		return
	}
	switch a.call {
	case "PutObject", "UploadPart":
		r.In = r.Size
	case "GetObject":
		if r.Status != 304 {
			r.Out = r.Size
		}
	case "ListObjects", "ListObjectVersions":
		r.Out = 400 + g.r.Int64N(300_000)
	case "DeleteObjects":
		r.In, r.Out = 2000, 4000
	}
	r.Took += int(r.Out / 200_000)
}

// details are the parameters that only some calls have.
func (g *generator) details(r *activity.Request, key string, n int, intruder bool) {
	switch r.Call {
	case "ListObjects", "ListObjectVersions":
		prefix := key[:strings.LastIndexByte(key, '/')+1]
		r.Params = activity.Object{{Name: "list-type", Value: "2"}, {Name: "encoding-type", Value: "url"}, {Name: "max-keys", Value: "1000"}, {Name: "prefix", Value: prefix}, {Name: "delimiter", Value: "/"}}
		r.Shape.OnlyPrefix = true
		r.Shape.Query = "list-type=2&delimiter=%2F&encoding-type=url&prefix=" + strings.ReplaceAll(activity.Path(prefix), "/", "%2F")
	case "DeleteObjects":
		r.Shape.OnlyPrefix = true
	case "UploadPart":
		part := strconv.Itoa(1 + g.r.IntN(40))
		r.Params = activity.Object{{Name: "partNumber", Value: part}, {Name: "uploadId", Value: r.HostID}}
		r.Shape.Query = "partNumber=" + part + "&uploadId=" + activity.Path(r.HostID)
	case "CopyObject":
		r.CopySource, r.SourceOwner = r.Bucket+"/"+key, accounts[0]
		if intruder {
			r.Params = activity.Object{{Name: "x-amz-server-side-encryption-customer-algorithm", Value: "AES256"}}
		}
	}
	if g.r.IntN(25) == 0 && r.Actor.AccessKey != "" {
		r.Shape.Presigned, r.Shape.Signed, r.Shape.Signature = r.Actor.AccessKey, r.Time.Add(-time.Minute), g.text(dice.Hex, 64)
	}
	if g.r.IntN(30) == 0 {
		r.Shape.Referer = "https://app.acme.example/view?id=42"
	}
	if r.Key != "" && dice.Mix(uint64(len(r.Bucket)*31+n%7))%2 == 0 && r.Error == "" {
		r.Response = activity.Object{{Name: "x-amz-version-id", Value: g.text(dice.Base32, 32)}}
	}
}

// encrypt is what S3 reports of a write; some reads show it too, as some real ones do.
func (g *generator) encrypt(r *activity.Request, a action, n int, intruder bool) {
	const head = "x-amz-server-side-encryption"
	if !a.write {
		r.Response = nil
	}
	switch a.call {
	case "PutObject", "CopyObject", "CreateMultipartUpload":
	default:
		return
	}
	share := dice.Mix(uint64(n)) % 100
	switch {
	case intruder && a.call == "CopyObject":
		r.SSE = "SSE_C"
		r.Response = append(r.Response, activity.Member{Name: head + "-customer-algorithm", Value: "AES256"})
		return
	case share < 50:
		r.SSE = "Default_SSE_S3"
	case share < 68:
		r.SSE = "SSE_S3"
	case share < 84:
		r.SSE = "SSE_KMS"
	case share < 97:
		r.SSE = "Default_SSE_KMS"
	default:
		return // none reported
	}
	algorithm := "AES256"
	if strings.HasSuffix(r.SSE, "KMS") {
		algorithm = "aws:kms"
	}
	if !strings.HasPrefix(r.SSE, "Default") {
		r.Params = append(r.Params, activity.Member{Name: head, Value: algorithm})
	}
	r.Response = append(r.Response, activity.Member{Name: head, Value: algorithm})
	if algorithm == "aws:kms" {
		r.Response = append(r.Response, activity.Member{Name: head + "-aws-kms-key-id", Value: "arn:aws:kms:" + r.Region + ":" + accounts[0] + ":key/1234abcd-12ab-34cd-56ef-1234567890" + strconv.Itoa(10+len(r.Bucket)%12)})
	}
}
