package demo

import (
	"fmt"
	"path"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// background is the ordinary work of fourteen days.
func (w *world) background() {
	d := w.dice("background")
	for day := range days {
		w.nightlyBackup(d, day)
		w.bookkeeping(d, day)
		w.visitors(d, day)
		w.thumbnails(d, day)
		w.lakeLoads(d, day)
		w.offices(d, day)
	}
}

func (w *world) nightlyBackup(d *dice.Dice, day int) {
	t := at(day, 1, 0, d.N(50))
	j := &work{w: w, d: d, actor: backup(t), ip: "10.20.1.9", agent: botoSDK, shape: activity.Shape{VPCE: financeVPCE}, clock: t}
	j.list(finance, "backups/")
	for i := range 8 {
		j.put(finance, fmt.Sprintf("backups/etcd/%s/node-%d.snap", t.Format("2006-01-02"), i+1), askedKMS)
	}
	j.multipart(finance, "backups/pg/"+t.Format("2006-01-02")+".dump", 3, askedKMS)
	t = at(day, 5, 30, d.N(50))
	a := auditor(t).Stranger()
	k := &work{w: w, d: d, actor: a, ip: "10.40.2.2", agent: goSDK, clock: t}
	k.list(finance, "ledger/")
	for i := range 3 {
		k.get(finance, fmt.Sprintf("ledger/2026/%02d/entries-%02d.parquet", i+1, day+1))
	}
}

func (w *world) bookkeeping(d *dice.Dice, day int) {
	hours := []int{8, 9, 10, 11, 13, 14, 15, 16}
	if !weekday(day) {
		hours = []int{6, 18}
	}
	for _, h := range hours {
		t := at(day, h, d.N(12), d.N(60))
		j := &work{w: w, d: d, actor: erp(t), ip: "10.20.3." + fmt.Sprint(20+d.N(3)), agent: javaSDK, shape: activity.Shape{VPCE: financeVPCE}, clock: t}
		j.list(finance, "ledger/2026/03/")
		for range 4 {
			j.get(finance, statement(d.N(statements)))
		}
		j.put(finance, fmt.Sprintf("ledger/2026/03/entries-%02d-%02d.parquet", day+2, h), defaultKMS)
		if h == 9 {
			j.put(finance, fmt.Sprintf("exports/bank/%s.csv", t.Format("2006-01-02")), defaultKMS)
			j.failPut(finance, "archive/2019/locked.csv", askedKMS)
		}
	}
}

func (w *world) visitors(d *dice.Dice, day int) {
	for h := 0; h < 24; h += 3 {
		t := at(day, h, d.N(50), d.N(60))
		for range 2 {
			j := &work{w: w, d: d, actor: linkUser, ip: home(d), agent: dice.Pick(d, []string{firefox, safari}), clock: t}
			j.shape = activity.Shape{Presigned: linkUser.AccessKey, Signed: t.Add(-time.Minute), Signature: d.Text(dice.Hex, 64), Referer: "https://shop.acme.example/catalogue"}
			for range 2 {
				j.get(web, fmt.Sprintf("img/product-%04d.jpg", d.N(300)))
			}
		}
	}
}

func (w *world) thumbnails(d *dice.Dice, day int) {
	for h := 2; h < 24; h += 7 {
		t := at(day, h, 15, d.N(60))
		j := &work{w: w, d: d, actor: thumbnails(t), ip: "10.30.0." + fmt.Sprint(5+d.N(20)), agent: lambdaAgent, clock: t}
		for range 3 {
			n := d.N(300)
			j.get(web, fmt.Sprintf("img/product-%04d.jpg", n))
			j.put(web, fmt.Sprintf("thumb/product-%04d.webp", n), byDefault)
		}
		app := &work{w: w, d: d, actor: webApp(t), ip: webAppIP, agent: botoSDK, shape: activity.Shape{VPCE: "vpce-0123456789abcdef0"}, clock: t.Add(time.Minute)}
		app.get(web, "config/site.json")
	}
}

func (w *world) lakeLoads(d *dice.Dice, day int) {
	for h := 0; h < 24; h += 2 {
		t := at(day, h, 40+d.N(5), d.N(60))
		j := &work{w: w, d: d, actor: etl(t), ip: "10.40.1." + fmt.Sprint(10+d.N(6)), agent: javaSDK, shape: activity.Shape{VPCE: lakeVPCE}, clock: t}
		if day == 4 && h == 10 {
			w.part = "twice"
		}
		dt := t.Format("2006-01-02")
		j.list(lakeStore, "raw/clicks/dt="+dt+"/")
		for i := range 3 {
			j.get(lakeStore, fmt.Sprintf("raw/clicks/dt=%s/part-%05d.snappy.parquet", dt, h*10+i))
		}
		for i := range 2 {
			j.put(lakeStore, fmt.Sprintf("curated/clicks/dt=%s/part-%05d-%s.snappy.parquet", dt, h*10+i, d.Text(dice.Hex, 8)), []sealing{byDefault, askedS3}[i])
		}
		w.part = ""
		if h%6 == 0 {
			flow := &work{w: w, d: d, actor: activity.Service("delivery.logs.amazonaws.com"), agent: "delivery.logs.amazonaws.com", clock: t.Add(time.Minute)}
			flow.put(lakeStore, fmt.Sprintf("flow-logs/%s/%s_vpcflowlogs_%02d00Z.log.gz", t.Format("2006/01/02"), lake, h), askedS3)
		}
	}
}

func (w *world) offices(d *dice.Dice, day int) {
	if day >= 11 {
		t := at(day, 7, 20, d.N(60))
		j := &work{w: w, d: d, actor: role(lake, "ComplianceRole", "weekly", t), ip: "10.40.9.3", agent: goSDK, clock: t}
		j.call(lake, euwest, "cloudtrail.amazonaws.com", "DescribeTrails", object{{Name: "includeShadowTrails", Value: true}}, nil)
		j.call(lake, euwest, "ec2.amazonaws.com", "DescribeInstances", object{{Name: "instancesSet", Value: object{}}}, nil)
		j.call(lake, euwest, "sts.amazonaws.com", "GetCallerIdentity", nil, nil)
	}
	if !weekday(day) {
		return
	}
	w.console(d, day)
	w.deployments(d, day)
	for _, name := range []string{"m.okafor", "j.lindqvist"} {
		t := at(day, 9+d.N(5), d.N(60), d.N(60))
		j := &work{w: w, d: d, actor: analyst(name, t), ip: officeIP, agent: cliSDK, clock: t}
		j.list(lakeStore, "reports/")
		for range 4 {
			j.get(lakeStore, fmt.Sprintf("reports/weekly/kpi-%02d.csv", d.N(40)))
		}
	}
	if day == 3 || day == 10 {
		t := at(day, 12, 5, 0)
		j := &work{w: w, d: d, actor: etl(t), ip: "10.40.1.12", agent: javaSDK, shape: activity.Shape{VPCE: lakeVPCE}, clock: t}
		j.put(lakeStore, "hr/payroll/2026/ledger.dsse", askedDSSE)
		j.put(lakeStore, "raw/legacy/no-header-named.bin", notMentioned)
	}
}

func (w *world) console(d *dice.Dice, day int) {
	t := at(day, 8, 20+d.N(30), d.N(60))
	j := &work{w: w, d: d, actor: dana(t), ip: officeIP, agent: consoleAgent, clock: t}
	r := j.request("ListBuckets", "", "")
	r.Account, r.Region, r.Out = prod, useast, 640
	j.tell(r)
	for _, b := range []string{finance, web} {
		j.tell(j.request("GetBucketLocation", b, ""))
		j.tell(j.request("GetBucketVersioning", b, ""))
		j.list(b, "")
	}
	j.head(finance, statement(day))
	j.get(finance, statement(day))
}

// deployments shows a chain: a user's key assumes a role, and the role's session does the work.
func (w *world) deployments(d *dice.Dice, day int) {
	t := at(day, 15, 30+d.N(20), d.N(60))
	j := &work{w: w, d: d, actor: deployer, ip: "10.20.8.4", agent: terraform, clock: t}
	session := role(prod, "TerraformRole", "ci-deploy", t)
	session.Created = t
	assume(j, session)
	j.actor = session
	for _, b := range []string{finance, web} {
		for _, c := range []string{"GetBucketLocation", "GetBucketPolicy", "GetBucketLogging"} {
			j.tell(j.request(c, b, ""))
		}
	}
}

// assume is the call that makes a session out of its caller.
func assume(j *work, session *activity.Actor) {
	j.call(prod, useast, "sts.amazonaws.com", "AssumeRole",
		object{{Name: "roleArn", Value: session.Issuer.ARN}, {Name: "roleSessionName", Value: path.Base(session.ARN)}},
		object{
			{Name: "credentials", Value: object{{Name: "accessKeyId", Value: session.AccessKey}, {Name: "expiration", Value: session.Created.Add(time.Hour).Format("Jan 2, 2006, 3:04:05 PM")}}},
			{Name: "assumedRoleUser", Value: object{{Name: "assumedRoleId", Value: session.PrincipalID}, {Name: "arn", Value: session.ARN}}},
		})
}

const statements = 240

func statement(i int) string { return fmt.Sprintf("reports/2026 q1/statement-%03d.xlsx", i+1) }
