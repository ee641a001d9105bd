// The offline provider: the real AWS provider's schema, values derived from names; not AWS.
//
// Terraform loads it in place of hashicorp/aws from a filesystem mirror. It validates a configuration against the
// schema and plans it; it refuses to create, change, import or look up anything.
package main

import (
	_ "embed"
	"log"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

// derivations is the table of what a name, a region and an account number already decide.
//
//go:embed derived.json
var derivations []byte

func main() {
	if err := serve(); err != nil {
		log.Fatalf("offline provider: %v", err)
	}
}

func serve() error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	schemas, err := loadSchemas(filepath.Join(filepath.Dir(executable), "schema.json"))
	if err != nil {
		return err
	}
	table, err := parseDerivations(derivations)
	if err != nil {
		return err
	}
	return tf5server.Serve("hashicorp/aws", func() tfprotov5.ProviderServer { return newOfflineProvider(schemas, table) })
}
