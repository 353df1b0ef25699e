package demo

import (
	"fmt"
	"time"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// The addresses that matter in the story come from the documentation ranges.
const (
	intruderIP   = "203.0.113.66"
	thiefIP      = "198.51.100.23"
	uploaderIP   = "198.51.100.200"
	insiderIP    = "203.0.113.190"
	officeIP     = "192.0.2.10"
	friendIP     = "198.51.100.41"
	webAppIP     = "10.20.4.17"
	financeVPCE  = "vpce-0a1b2c3d4e5f60718"
	lakeVPCE     = "vpce-0f9e8d7c6b5a40312"
	intruderTool = "aws-cli/1.18.136 Python/3.8.5 Linux/5.4.0-kali4-amd64 botocore/1.17.59"
	javaSDK      = "aws-sdk-java/2.20.162 Linux/5.10.186-179.751.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.8+7-LTS Java/17.0.8 io/sync http/Apache"
	botoSDK      = "Boto3/1.34.57 md/Botocore#1.34.57 ua/2.0 os/linux#5.10.192-183.736.amzn2.x86_64 lang/python#3.11.4"
	goSDK        = "aws-sdk-go-v2/1.25.0 os/linux lang/go#1.22.1 md/GOOS#linux md/GOARCH#amd64 api/s3#1.51.1"
	cliSDK       = "aws-cli/2.15.22 Python/3.11.6 Darwin/23.3.0 exe/x86_64 prompt/off command/s3.cp"
	consoleAgent = "S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.186-157.751.amzn2int.x86_64"
	lambdaAgent  = "aws-sdk-nodejs/2.1450.0 linux/v18.17.1 exec-env/AWS_Lambda_nodejs18.x promise"
	terraform    = "APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io) terraform-provider-aws/5.17.0"
	firefox      = "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0"
	safari       = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1"
	googlebot    = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// The people with long-lived keys.
var (
	leaked   = activity.User(prod, "svc-backup-legacy", "AIDAQ7DEMOLEGACY00001", "AKIAQ7DEMOLEAKEDKEY1")
	linkUser = activity.User(prod, "svc-web", "AIDAQ7DEMOSVCWEB00001", "AKIAQ7DEMOSVCWEBKEY1")
	partner  = activity.User(prod, "partner-upload", "AIDAQ7DEMOPARTNER0001", "AKIAQ7DEMOPARTNERKEY")
	deployer = activity.User(prod, "ci-deploy", "AIDAQ7DEMOCIDEPLOY001", "AKIAQ7DEMOCIDEPLOYK1")
)

const insiderARN = "arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_Analyst_1a2b3c4d5e6f7081/m.okafor"

func temporary(name string, t time.Time) string {
	return "ASIA" + dice.New(11, name+t.Format("20060102")).Text(dice.Base32, 16)
}

// role is a session of a role that is renewed every midnight.
func role(account, name, session string, t time.Time) *activity.Actor {
	day := t.Truncate(24 * time.Hour)
	id := "AROA" + dice.New(13, account+name).Text(dice.Base32, 17)
	return activity.Session(account, name, id, session, temporary(name+session, t), day.Add(9*time.Minute))
}

func erp(t time.Time) *activity.Actor {
	a := role(prod, "ErpAppRole", "i-0c3d5e7f9a1b2c4d6", t)
	a.EC2Delivery = "2.0"
	return a
}

// webApp is the instance whose credentials leave it.
func webApp(t time.Time) *activity.Actor {
	a := role(prod, "WebAppRole", "i-0a1b2c3d4e5f60789", t)
	a.EC2Delivery = "1.0"
	return a
}

func etl(t time.Time) *activity.Actor {
	a := role(lake, "EtlWorkerRole", "i-0e1f2a3b4c5d6e7f8", t)
	a.EC2Delivery = "2.0"
	return a
}

func backup(t time.Time) *activity.Actor { return role(prod, "BackupRole", "nightly", t) }

func thumbnails(t time.Time) *activity.Actor { return role(prod, "ThumbnailRole", "make-thumbnail", t) }

func auditor(t time.Time) *activity.Actor { return role(lake, "AuditReaderRole", "ledger-audit", t) }

func analyst(name string, t time.Time) *activity.Actor {
	a := role(lake, "AWSReservedSSO_Analyst_1a2b3c4d5e6f7081", name, t)
	a.MFA = true
	return a
}

func dana(t time.Time) *activity.Actor {
	a := activity.User(prod, "dana.reyes", "AIDAQ7DEMODANAREYES01", temporary("dana", t))
	a.Created, a.MFA, a.Console = t.Truncate(24*time.Hour).Add(8*time.Hour+4*time.Minute), true, true
	return a
}

// intruderSession is the role that the holder of the leaked key assumes.
func intruderSession(created time.Time) *activity.Actor {
	a := role(prod, "BackupRole", "awscli-session", created)
	a.Created, a.AccessKey = created, "ASIAQ7DEMOCHAINEDKEY"
	return a
}

// home is the address of a visitor of the web site.
func home(d *dice.Dice) string {
	if d.N(6) == 0 {
		return fmt.Sprintf("2001:db8:%x:%x::%x", d.N(65536), d.N(65536), 1+d.N(65535))
	}
	return fmt.Sprintf("198.%d.%d.%d", 18+d.N(2), d.N(256), 1+d.N(254))
}
