from django.urls import path

from knowledge.views import feedback, files, reader, shelf, transfer

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
    path("desk/kb/<slug:slug>/", shelf.article_edit, name="edit"),
    path("desk/kb/<slug:slug>/feedback/", feedback.comments, name="feedback"),
    path("desk/kb/<slug:slug>/feedback/<int:pk>/answer/", feedback.answer_comment, name="answer"),
    path("desk/kb/<slug:slug>/publication/", shelf.article_publish, name="publish"),
    path("desk/kb/<slug:slug>/withdrawal/", shelf.article_withdraw, name="withdraw"),
    path("desk/kb/<slug:slug>/revisions/", shelf.revisions, name="revisions"),
    path("desk/kb/<slug:slug>/revisions/<int:number>/", shelf.revision, name="revision"),
]
