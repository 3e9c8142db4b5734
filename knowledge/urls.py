from django.urls import path

from knowledge.views import feedback, files, reader, shelf, transfer, writing

app_name = "knowledge"
urlpatterns = [
    path("kb/", reader.home, name="home"),
    path("kb/search/", reader.search_page, name="search"),
    path("kb/files/<slug:token>/<str:name>", files.file, name="file"),
    path("kb/following/", feedback.following, name="following"),
    path("kb/topics/<slug:slug>/following/", feedback.follow_section, name="follow-section"),
    path("kb/<slug:slug>/", reader.article, name="article"),
    path("kb/<slug:slug>/feedback/", feedback.vote, name="vote"),
    path("kb/<slug:slug>/feedback/comment/", feedback.comment, name="comment"),
    path("kb/<slug:slug>/following/", feedback.follow_article, name="follow-article"),
    path("desk/kb/", shelf.shelf, name="shelf"),
    path("desk/kb/new/", shelf.article_new, name="new"),
    path("desk/kb/import/", transfer.import_zip, name="import"),
    path("desk/kb/import/doing/", transfer.import_do, name="import-do"),
    path("desk/kb/export/", transfer.export_zip, name="export"),
    path("desk/kb/new/preview/", writing.preview, name="preview"),
    path("desk/kb/new/draft/", writing.draft_new, name="draft-new"),
    path("desk/kb/new/outline/", writing.outline, name="outline"),
    path("desk/kb/new/links/", writing.links, name="links"),
    path("desk/kb/new/files/", writing.files_new, name="files-new"),
    path("desk/kb/new/files/<slug:token>/removal/", writing.file_remove, name="file-remove"),
    path("desk/kb/<slug:slug>/", shelf.article_edit, name="edit"),
    path("desk/kb/<slug:slug>/feedback/", feedback.comments, name="feedback"),
    path("desk/kb/<slug:slug>/feedback/<int:pk>/answer/", feedback.answer_comment, name="answer"),
    path("desk/kb/<slug:slug>/draft/", writing.draft, name="draft"),
    path("desk/kb/<slug:slug>/writers/", writing.writers, name="writers"),
    path("desk/kb/<slug:slug>/files/", writing.article_files, name="files"),
    path("desk/kb/<slug:slug>/links/", writing.links_check, name="links-check"),
    path("desk/kb/<slug:slug>/publication/", shelf.article_publish, name="publish"),
    path("desk/kb/<slug:slug>/withdrawal/", shelf.article_withdraw, name="withdraw"),
    path("desk/kb/<slug:slug>/revisions/", shelf.revisions, name="revisions"),
    path("desk/kb/<slug:slug>/revisions/<int:number>/", shelf.revision, name="revision"),
]
