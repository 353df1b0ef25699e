package corpus

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// trailBucket is the folder that stands for the bucket CloudTrail delivers to.
const trailBucket = "cloudtrail"

var (
	accounts = []string{"111122223333", "444455556666", "777788889999"}
	regions  = []string{"us-east-1", "eu-west-1", "us-west-2"}
)

// principal is one caller and what it is seen with.
type principal struct {
	actor  activity.Actor
	ips    []string
	agents []string
	vpce   string
}

// action is one kind of call and how often it happens.
type action struct {
	call          string
	weight        float64
	object, write bool
}

var actions = []action{
	{"GetObject", 46, true, false}, {"PutObject", 20, true, true}, {"HeadObject", 12, true, false}, {"ListObjects", 9, false, false},
	{"DeleteObject", 4, true, true}, {"UploadPart", 3, true, true}, {"CopyObject", 2, true, true}, {"GetObjectTagging", 1.2, true, false},
	{"DeleteObjects", 0.6, false, true}, {"CreateMultipartUpload", 0.4, true, true}, {"CompleteMultipartUpload", 0.4, true, true},
	{"GetObjectAcl", 0.4, true, false}, {"ListObjectVersions", 0.3, false, false}, {"PutObjectTagging", 0.2, true, true},
	{"PutObjectAcl", 0.1, true, true}, {"AbortMultipartUpload", 0.1, true, true}, {"RestoreObject", 0.05, true, true},
}

var agents = []string{
	"aws-sdk-java/2.20.162 Linux/5.10.186-179.751.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.8+7-LTS Java/17.0.8 kotlin/1.3.50 io/sync http/Apache cfg/retry-mode/legacy",
	"Boto3/1.28.57 md/Botocore#1.31.57 ua/2.0 os/linux#5.10.192-183.736.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.4 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.31.57 Resource",
	"aws-cli/2.13.22 Python/3.11.5 Linux/5.15.0-1045-aws exe/x86_64.ubuntu.22 prompt/off command/s3.cp",
	"aws-cli/2.13.22 Python/3.11.5 Darwin/22.6.0 exe/x86_64 prompt/off command/s3.sync",
	"S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.186-157.751.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372 vendor/Oracle_Corporation cfg/retry-mode/standard",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Safari/537.36",
	"aws-sdk-go-v2/1.21.0 os/linux lang/go#1.21.1 md/GOOS#linux md/GOARCH#amd64 api/s3#1.38.5",
	"aws-sdk-nodejs/2.1450.0 linux/v18.17.1 exec-env/AWS_Lambda_nodejs18.x promise",
	"Hadoop 3.3.3-amzn-3, aws-sdk-java/1.12.446 Linux/5.10.178-162.673.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/25.372-b07 java/1.8.0_372 scala/2.12.15 vendor/Amazon.com_Inc. cfg/retry-mode/standard",
	"APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io) terraform-provider-aws/5.17.0 aws-sdk-go/1.45.6 (go1.20.8; linux; amd64)",
	"rclone/v1.64.0", "Snowflake/1.0", "presto/0.279",
}

var (
	prefixes = strings.Fields("data/events data/clickstream backups/postgres backups/etcd logs/app logs/nginx users/avatars documents/hr documents/finance/invoices documents/legal ml/training ml/models exports/daily tmp/spark-staging media/video media/images artifacts/builds terraform/state")
	suffixes = strings.Fields(".snappy.parquet .json.gz .sql.gz .log.gz .jpg .pdf .docx .csv .tar.zst .tfstate .mp4 .onnx .txt")
	words    = strings.Fields("prod staging corp analytics lake raw curated archive assets backup hr finance ml audit web")
	jobs     = strings.Fields("EtlWorker SparkCluster WebApp Backup Analyst DataScientist CiDeploy LambdaThumb Terraform ReadOnly Admin Replication Glue Athena Ecs")
	services = strings.Fields("cloudtrail.amazonaws.com config.amazonaws.com delivery.logs.amazonaws.com athena.amazonaws.com")
)

// estate is who and what the corpus is about. It is read only once made, so workers share it.
type estate struct {
	Options
	principals []principal // the last is the intruder
	buckets    []string
	local      map[string][]string // buckets by region
	keys       int
	cumulative []float64 // of the actions' weights
}

func newEstate(o Options) *estate {
	r := rand.New(dice.New(o.Seed, "estate"))
	w := &estate{Options: o, local: map[string][]string{}, keys: max(o.Events/8, 100)}
	for i := range o.Buckets {
		name := fmt.Sprintf("acme-%s-%s-%02d", words[r.IntN(len(words))], words[r.IntN(len(words))], i)
		home := regions[[]int{0, 1, 0, 2, 0}[i%5]]
		w.buckets = append(w.buckets, name)
		w.local[home] = append(w.local[home], name)
	}
	for _, region := range regions {
		if w.local[region] == nil { // a very small estate
			w.local[region] = w.buckets
		}
	}
	for i := range o.Principals {
		w.principals = append(w.principals, newPrincipal(r, i))
	}
	intruder := activity.User(accounts[0], "svc-backup-legacy", "AIDAQ7INTRUDER0000001", "AKIAQ7INTRUDER000001")
	w.principals = append(w.principals, principal{actor: *intruder, ips: []string{"185.220.101.47"}, agents: []string{"aws-cli/1.18.136 Python/3.8.5 Linux/5.4.0-kali4-amd64 botocore/1.17.59"}})
	sum := 0.0
	for _, a := range actions {
		sum += a.weight
		w.cumulative = append(w.cumulative, sum)
	}
	return w
}

func (w *estate) action(r *rand.Rand) action {
	return actions[sort.SearchFloat64s(w.cumulative, r.Float64()*w.cumulative[len(w.cumulative)-1])]
}

func letters(r *rand.Rand, prefix string, n int) string {
	b := []byte(prefix)
	for range n {
		b = append(b, dice.Base32[r.IntN(32)])
	}
	return string(b)
}

func newPrincipal(r *rand.Rand, i int) principal {
	account := accounts[min(r.IntN(6)/2, 2)]
	name := fmt.Sprintf("%s%02d", jobs[r.IntN(len(jobs))], i)
	endpoint := r.IntN(3) == 0
	var p principal
	switch k := r.IntN(100); {
	case k < 66:
		session := []string{"i-0" + strings.ToLower(letters(r, "", 16)), "botocore-session-" + strconv.Itoa(1690000000+r.IntN(9e6)), strings.ToLower(name) + "@acme.example", "ecs-task-" + strconv.Itoa(i)}[r.IntN(4)]
		p.actor = *activity.Session(account, name+"Role", letters(r, "AROA", 17), session, letters(r, "ASIA", 16), time.Unix(0, 0))
	case k < 90:
		p.actor, endpoint = *activity.User(account, strings.ToLower(name), letters(r, "AIDA", 17), letters(r, "AKIA", 16)), false
	case k < 95:
		p.actor, endpoint = *activity.Service(services[r.IntN(len(services))]), false
	case k < 98:
		p.actor, endpoint = *activity.Anonymous, false
	default:
		p.actor = activity.Actor{Type: "Root", Account: account, PrincipalID: account, ARN: "arn:aws:iam::" + account + ":root"}
		endpoint = false
	}
	if endpoint {
		p.vpce = "vpce-0" + strings.ToLower(letters(r, "", 16))
	}
	for range 1 + r.IntN(12) {
		p.ips = append(p.ips, address(r, endpoint))
	}
	for range 1 + r.IntN(3) {
		p.agents = append(p.agents, agents[r.IntN(len(agents))])
	}
	if p.actor.InvokedBy != "" {
		p.agents = []string{p.actor.InvokedBy}
	}
	return p
}

func address(r *rand.Rand, private bool) string {
	if private {
		return fmt.Sprintf("10.%d.%d.%d", r.IntN(32), r.IntN(256), 1+r.IntN(254))
	}
	if r.IntN(40) == 0 {
		return fmt.Sprintf("2600:1f18:%x:%x:%x:%x:%x:%x", 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535))
	}
	return fmt.Sprintf("%d.%d.%d.%d", []int{3, 18, 34, 52, 54, 81, 93, 185, 203, 198}[r.IntN(10)], r.IntN(256), r.IntN(256), 1+r.IntN(254))
}

// object n of the key space: the same n has the same name everywhere, and in one region the same
// bucket. Three of four lie in the region's eight busiest buckets.
func (w *estate) object(n int, region string) (bucket, key string) {
	x := dice.Mix(uint64(n) ^ w.Seed<<20)
	local := w.local[region]
	b := int(x % uint64(len(local)))
	if x>>32&3 != 0 {
		b = int(x>>8&7) % len(local)
	}
	prefix, suffix, d := prefixes[(x>>40)%uint64(len(prefixes))], suffixes[(x>>48)%uint64(len(suffixes))], int(x>>12)&0x7fffffff
	switch x >> 16 & 3 {
	case 0:
		key = fmt.Sprintf("%s/year=2024/month=%02d/day=%02d/part-%05d-%016x%s", prefix, d%12+1, d/12%28+1, n%512, dice.Mix(x), suffix)
	case 1:
		key = fmt.Sprintf("%s/2024/%02d/%02d/%02d/%08x%s", prefix, d%12+1, d/12%28+1, d/400%24, uint32(dice.Mix(x)), suffix)
	case 2:
		key = fmt.Sprintf("%s/%06d/report-%d%s", prefix, d%100000, n, suffix)
	default:
		if key = fmt.Sprintf("%s/customer-%05d/file %d%s", prefix, d%5000, n, suffix); n%50 == 0 {
			key = fmt.Sprintf("%s/Résumé of Müller (%d)%s", prefix, n, suffix)
		}
	}
	return local[b], key
}
