module github.com/vqa-project/vqa

go 1.25
