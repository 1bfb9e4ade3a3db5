// Renders the chart with what Helm renders with, Go's text/template and sprig, where there is no helm:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run render.go CHART RELEASE NAMESPACE [VALUES...]
//
// It is not Helm: of its own functions it has include and toYaml, of its objects Release, Chart, Values and Files.Get.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type values = map[string]interface{}

type files struct{ root string }

func (f files) Get(name string) string {
	return string(read(filepath.Join(f.root, name)))
}

func main() {
	chart, release, namespace := os.Args[1], os.Args[2], os.Args[3]
	merged := parse(filepath.Join(chart, "values.yaml"))
	for _, file := range os.Args[4:] {
		merge(merged, parse(file))
	}
	about := parse(filepath.Join(chart, "Chart.yaml"))
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(sprig.TxtFuncMap()).Funcs(template.FuncMap{
		"toYaml": func(value interface{}) string { return strings.TrimSuffix(string(format(value)), "\n") },
		"include": func(name string, data interface{}) (string, error) {
			var text strings.Builder
			err := root.ExecuteTemplate(&text, name, data)
			return text.String(), err
		},
	})
	names, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	check(err)
	sort.Strings(names)
	for _, name := range names {
		template.Must(root.New(name).Parse(string(read(name))))
	}
	data := values{
		"Release": values{"Name": release, "Namespace": namespace},
		"Chart":   values{"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]},
		"Values":  merged,
		"Files":   files{chart},
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".tpl") {
			continue
		}
		fmt.Println("---")
		check(root.ExecuteTemplate(os.Stdout, name, data))
		fmt.Println()
	}
}

// As Helm does it: mappings are merged, null removes a key, anything else replaces.
func merge(into, from values) {
	for key, value := range from {
		below, isMapping := value.(values)
		if present, ok := into[key].(values); ok && isMapping {
			merge(present, below)
		} else if value == nil {
			delete(into, key)
		} else {
			into[key] = value
		}
	}
}

func parse(file string) values {
	parsed := values{}
	check(yaml.Unmarshal(read(file), &parsed))
	return parsed
}

func format(value interface{}) []byte {
	text, err := yaml.Marshal(value)
	check(err)
	return text
}

func read(file string) []byte {
	text, err := os.ReadFile(file)
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
