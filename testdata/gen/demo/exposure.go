package demo

import (
	"fmt"
	"strings"
	"time"

	"trailsift/testdata/gen/activity"
)

const scraperIP = "192.0.2.77"

// publicBucket: a mistake in the console opens a bucket for one working day, and a scraper finds it.
func (w *world) publicBucket() {
	d := w.dice("public")
	owner := &work{w: w, d: d, actor: dana(at(8, 9, 0, 0)), ip: officeIP, agent: consoleAgent}
	scraper := &work{w: w, d: d, actor: activity.Anonymous, ip: scraperIP, agent: "Scrapy/2.11.1 (+https://scrapy.org)", clock: at(8, 3, 14, 0)}
	for i := range 4 {
		scraper.denied("GetObject", web, fmt.Sprintf("img/product-%04d.jpg", i))
		w.count("anonymous-denied-before", 1)
	}
	owner.clock = at(8, 9, 12, 0)
	owner.tell(owner.request("DeleteBucketPublicAccessBlock", web, ""))
	open := owner.request("PutBucketPolicy", web, "")
	open.Params = object{{Name: "bucketPolicy", Value: object{{Name: "Version", Value: "2012-10-17"}, {Name: "Statement", Value: []object{{
		{Name: "Effect", Value: "Allow"}, {Name: "Principal", Value: "*"}, {Name: "Action", Value: []string{"s3:GetObject", "s3:ListBucket"}},
		{Name: "Resource", Value: []string{"arn:aws:s3:::" + web, "arn:aws:s3:::" + web + "/*"}},
	}}}}}}
	owner.tell(open)
	scraper.clock = at(8, 11, 0, 0)
	for _, prefix := range []string{"", "img/", "config/"} {
		scraper.list(web, prefix)
		w.count("anonymous-listings", 1)
	}
	for i := range 140 {
		w.anonymousGet(scraper, fmt.Sprintf("img/product-%04d.jpg", i*2))
	}
	w.passersBy(scraper)
	owner.clock = at(8, 17, 40, 0)
	owner.tell(owner.request("DeleteBucketPolicy", web, ""))
	shut := owner.request("PutBucketPublicAccessBlock", web, "")
	shut.Params = object{{Name: "PublicAccessBlockConfiguration", Value: object{
		{Name: "RestrictPublicBuckets", Value: true}, {Name: "BlockPublicPolicy", Value: true}, {Name: "BlockPublicAcls", Value: true}, {Name: "IgnorePublicAcls", Value: true}}}}
	owner.tell(shut)
	scraper.clock = at(8, 18, 5, 0)
	for i := range 9 {
		scraper.denied("GetObject", web, fmt.Sprintf("img/product-%04d.jpg", i*2))
		w.count("anonymous-denied-after", 1)
	}
}

func (w *world) anonymousGet(j *work, key string) {
	w.count("anonymous-bytes", j.get(web, key))
	w.count("anonymous-gets", 1)
}

// passersBy come while the bucket is open: a search engine, people at the website endpoint, and one
// whose headers try to forge columns of the log.
func (w *world) passersBy(j *work) {
	bot := *j
	bot.ip, bot.agent, bot.clock = "2001:db8:66:249::1", googlebot, at(8, 13, 0, 0)
	bot.shape.Referer = "https://www.google.com/"
	for i := range 6 {
		w.anonymousGet(&bot, fmt.Sprintf("img/product-%04d.jpg", 30+i))
	}
	person := *j
	person.ip, person.agent, person.clock = "198.18.7.7", safari, at(8, 14, 0, 0)
	person.shape = activity.Shape{Website: true}
	for range 5 {
		w.anonymousGet(&person, "index.html")
	}
	forger := *j
	forger.ip, forger.clock = "198.18.7.8", at(8, 15, 0, 0)
	forger.shape.Referer = `x" "y" - forged== SigV4 - AuthHeader`
	forger.agent = `curl/8.4.0" 200 - 999999 1 1 1 "-" "innocent`
	w.anonymousGet(&forger, "img/product-0001.jpg")
	forger.shape.Referer, forger.agent = "", `Mozilla/5.0 (iPad)"`
	w.anonymousGet(&forger, "img/product-0002.jpg")
	w.count("forged-headers", 2)
}

// insider: an analyst takes the payroll home in the evening, and a link to it goes to a friend.
func (w *world) insider() {
	d := w.dice("insider")
	t := at(10, 18, 5, 0)
	j := &work{w: w, d: d, actor: analyst("m.okafor", t), ip: insiderIP, agent: strings.Replace(cliSDK, "s3.cp", "s3.sync", 1), clock: t}
	for i := range 3 {
		j.denied("GetObject", lakeStore, fmt.Sprintf("hr/board/minutes-%02d.pdf", i+1))
	}
	j.list(lakeStore, "hr/payroll/2026/")
	for i := range 160 {
		w.count("insider-bytes", j.get(lakeStore, fmt.Sprintf("hr/payroll/2026/employee-%04d.pdf", i+1)))
		w.count("insider-gets", 1)
	}
	friend := &work{w: w, d: d, actor: j.actor, ip: friendIP, agent: firefox, clock: j.clock.Add(20 * time.Minute)}
	friend.shape = activity.Shape{Presigned: j.actor.AccessKey, Signed: j.clock.Add(10 * time.Minute), Signature: d.Text("0123456789abcdef", 64)}
	for i := range 4 {
		friend.get(lakeStore, fmt.Sprintf("hr/payroll/2026/archive-part%d.zip", i+1))
		w.count("presigned-gets-by-a-friend", 1)
	}
}

// oddities are no incident; each is what some question of an investigator finds.
func (w *world) oddities() {
	d := w.dice("oddities")
	scanner := activity.User(prod, "scan-station", "AIDAQ7DEMOSCANNER0001", "AKIAQ7DEMOSCANNERKEY")
	for day := range days {
		if weekday(day) {
			j := &work{w: w, d: d, actor: scanner, ip: officeIP, agent: "ScanStation/2.1", clock: at(day, 1, 3, d.N(60)), shape: activity.Shape{Old: true, ACLRequired: true}}
			j.put(finance, fmt.Sprintf("incoming/scans/%s.tif", start.AddDate(0, 0, day).Format("2006-01-02")), defaultKMS)
			w.count("sigv2-requests", 1)
			w.count("acl-required", 1)
		}
	}
	root := &activity.Actor{Type: "Root", Account: prod, PrincipalID: prod, ARN: "arn:aws:iam::" + prod + ":root", AccessKey: temporary("root", at(8, 17, 0, 0)), Created: at(8, 17, 28, 0), MFA: true, Console: true}
	j := &work{w: w, d: d, actor: root, ip: officeIP, agent: consoleAgent, clock: at(8, 17, 43, 0)}
	for _, call := range []string{"GetBucketPolicy", "GetBucketLocation", "GetBucketVersioning"} {
		j.tell(j.request(call, web, ""))
		w.count("root-requests", 1)
	}
	// A name that is no text: refused, and known to the access log alone.
	w.noTrail = true
	bad := &work{w: w, d: d, actor: partner, ip: uploaderIP, agent: "rclone/v1.66.0", clock: at(3, 4, 9, 0)}
	r := bad.request("PutObject", finance, "incoming/not-text-\xff\xfe.txt")
	r.Error, r.Status, r.Out = "InvalidURI", 400, 302
	bad.tell(r)
	w.noTrail = false
	w.count("names-that-are-no-text", 1)
}

// hostileNames are object names that a terminal, a spreadsheet, a path or a table would take badly.
func hostileNames() []string {
	const dir = "incoming/"
	return []string{
		dir + "\x1b[2J\x1b[31mred\x1b[0m.txt",
		dir + "\x1b]0;owned\x07title.txt",
		dir + "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\.txt",
		dir + "two\nlines.txt",
		dir + "carriage\rreturn.txt",
		dir + "tab\there.txt",
		dir + "invoice\u202egpj.exe",
		dir + "zero\u200bwidth\u200d\ufeff.txt",
		dir + "family-👩‍👩‍👧‍👦-flag-🏴‍☠️.png",
		dir + "newer-than-tables-\U0001fae9\U0001fadf\U0001faea.txt",
		dir + "combining-e\u0301\u0323\u0323\u0323\u0323.txt",
		dir + "wide-漢字-ｆｕｌｌ.txt",
		dir + "c1-\u009b31m.txt",
		dir + "=cmd|' /C calc'!A0",
		dir + "+1+1", dir + "-2+3", dir + "@SUM(1+1)",
		"=HYPERLINK(\"https://evil.example\",\"click\").csv",
		"../../etc/passwd",
		dir + "..\\..\\windows\\win.ini",
		"//double//slash",
		dir + "quote\"and'apostrophe`.txt",
		dir + "back\\slash.txt",
		dir + "percent%2Fslash.txt",
		dir + "plus+and space.txt",
		dir + "question?mark&amp=1#hash.txt",
		dir + "<script>alert(1)</script>.html",
		dir + "'; DROP TABLE records; --",
		dir + "star*glob?.txt",
		dir + "CaSe.txt", dir + "case.txt",
		dir + " leading and trailing ",
		dir + strings.Repeat("long-name-", 101) + "12345", // 1,024 bytes, the most S3 takes
	}
}

func (w *world) hostileUploads() {
	t := at(3, 4, 0, 0)
	j := &work{w: w, d: w.dice("hostile"), actor: partner, ip: uploaderIP, agent: "rclone/v1.66.0", clock: t}
	for _, name := range hostileNames() {
		j.put(finance, name, defaultKMS)
		w.count("hostile-names", 1)
	}
}
