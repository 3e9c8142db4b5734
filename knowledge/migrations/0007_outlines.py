"""What an article of each kind begins with, in the languages that the house speaks. Edited in administration since."""

from django.db import migrations

HOW_TO = {
    "en": """<!-- One task, for one reader. Say in the title what they want to do: “Set up the VPN on a new laptop”. -->
{{symptom}}

## Before you start

<!-- What they need, how long it takes, and what stops working meanwhile. Leave it out if there is nothing. -->

## What to do

<!-- One action in each step, with the words that stand on the screen in **bold**. A numbered list is shown as steps. -->
{{fix}}

## If it does not work

<!-- What they can try, and what to tell us when they report it. -->
""",
    "de": """<!-- Eine Aufgabe, für eine Leserin oder einen Leser. Der Titel sagt, was sie tun wollen: „VPN auf einem neuen Laptop einrichten“. -->
{{symptom}}

## Bevor Sie anfangen

<!-- Was gebraucht wird, wie lange es dauert, und was währenddessen nicht geht. Weglassen, wenn es nichts gibt. -->

## So geht es

<!-- In jedem Schritt eine Handlung; was auf dem Bildschirm steht, **fett**. Eine nummerierte Liste erscheint als Schritte. -->
{{fix}}

## Wenn es nicht klappt

<!-- Was man noch versuchen kann, und was wir wissen müssen, wenn es gemeldet wird. -->
""",
}
KNOWN_ERROR = {
    "en": """<!-- The title is what people see, in their words: “Teams has no sound after an update”. -->

## What goes wrong

<!-- What they see, since when, on which devices. Quote the message word for word: it is searched for. -->
{{symptom}}

## Why

<!-- The cause, as far as it is known, in a sentence or two. -->
{{cause}}

## What to do until it is fixed

<!-- The workaround, step by step. Say what it costs. -->
{{fix}}

## When it will be fixed

<!-- The change that ends it, and when; or that nobody knows yet. -->
""",
    "de": """<!-- Der Titel ist, was die Leute sehen, mit ihren Worten: „Teams ist nach einem Update stumm“. -->

## Was nicht geht

<!-- Was man sieht, seit wann, auf welchen Geräten. Die Meldung wörtlich: nach ihr wird gesucht. -->
{{symptom}}

## Warum

<!-- Die Ursache, soweit sie bekannt ist, in ein oder zwei Sätzen. -->
{{cause}}

## Was bis dahin hilft

<!-- Die Umgehung, Schritt für Schritt. Sagen Sie, was sie kostet. -->
{{fix}}

## Wann es behoben ist

<!-- Welche Änderung es beendet und wann; oder dass es noch niemand weiß. -->
""",
}
FAQ = {
    "en": """<!-- The title is the question, as somebody would ask it. -->

<!-- The answer in the first sentence. Whoever stops reading here has what they need. -->
{{fix}}

## More about it

<!-- Exceptions, reasons, where to read on. Leave it out if the answer stands alone. -->
{{symptom}}

{{cause}}
""",
    "de": """<!-- Der Titel ist die Frage, so wie jemand sie stellen würde. -->

<!-- Die Antwort im ersten Satz. Wer hier aufhört zu lesen, hat, was er braucht. -->
{{fix}}

## Mehr dazu

<!-- Ausnahmen, Gründe, wo man weiterliest. Weglassen, wenn die Antwort für sich steht. -->
{{symptom}}

{{cause}}
""",
}
RUNBOOK = {
    "en": """<!-- For whoever is on call at three in the morning: short sentences, commands to copy, no history. -->

## When to use this

<!-- The alert or the symptom, and how to make sure that it is this one. -->
{{symptom}}

## Impact

<!-- Who feels it, and how soon it gets worse. -->

## Find out

<!-- Commands, in blocks between ``` marks so that they can be copied, and what their answers mean. -->
{{cause}}

## Mend it

> [!WARNING]
> What can go wrong, and how to go back.

{{fix}}

## Make sure

- [ ] The alert is gone
- [ ] The service answers

## Escalate

<!-- Whom to wake, when, and what they need to know. -->
""",
    "de": """<!-- Für die Bereitschaft nachts um drei: kurze Sätze, Befehle zum Kopieren, keine Vorgeschichte. -->

## Wann dies gilt

<!-- Der Alarm oder das Anzeichen, und woran man sicher erkennt, dass es dieser Fall ist. -->
{{symptom}}

## Auswirkung

<!-- Wer es merkt, und wie schnell es schlimmer wird. -->

## Herausfinden

<!-- Befehle, zwischen ```-Zeilen, damit man sie kopieren kann, und was ihre Antworten bedeuten. -->
{{cause}}

## Beheben

> [!WARNING]
> Was schiefgehen kann, und wie man zurückkommt.

{{fix}}

## Prüfen

- [ ] Der Alarm ist weg
- [ ] Der Dienst antwortet

## Eskalieren

<!-- Wen man wann weckt, und was diese Person wissen muss. -->
""",
}
POLICY = {
    "en": """<!-- The title is what is ruled: “Private devices at work”. -->

## In short

<!-- The rule in one or two sentences, in words that nobody has to look up. -->
{{fix}}

## Who it is for

## What is allowed, and what is not

| Allowed | Not allowed |
| --- | --- |
|  |  |

## Why

<!-- The reason: people keep to what they understand. -->
{{cause}}

## Exceptions

<!-- Who grants them, and how to ask. -->
{{symptom}}
""",
    "de": """<!-- Der Titel ist, was geregelt wird: „Private Geräte bei der Arbeit“. -->

## Kurz gesagt

<!-- Die Regel in ein oder zwei Sätzen, in Worten, die niemand nachschlagen muss. -->
{{fix}}

## Für wen sie gilt

## Was erlaubt ist und was nicht

| Erlaubt | Nicht erlaubt |
| --- | --- |
|  |  |

## Warum

<!-- Der Grund: an das, was man versteht, hält man sich. -->
{{cause}}

## Ausnahmen

<!-- Wer sie gewährt, und wie man darum bittet. -->
{{symptom}}
""",
}
OUTLINES = {"how_to": HOW_TO, "known_error": KNOWN_ERROR, "faq": FAQ, "runbook": RUNBOOK, "policy": POLICY}


def seed(apps, schema_editor):
    outline = apps.get_model("knowledge", "Outline")
    for kind, bodies in OUTLINES.items():
        for language, body in bodies.items():
            outline.objects.get_or_create(kind=kind, language=language, defaults={"body": body})


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0006_files_before_the_article")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
