"""Call the column `need` of usage `required` in the code. The table doesn't change, for older code beside this one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0008_used_signatures_keep_answers"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="keyusage", name="one_row_per_bucket"),
                migrations.RenameField(model_name="keyusage", old_name="need", new_name="required"),
                migrations.AlterField(
                    model_name="keyusage",
                    name="required",
                    field=models.CharField(db_column="need", max_length=8),
                ),
                migrations.AddConstraint(
                    model_name="keyusage",
                    constraint=models.UniqueConstraint(
                        fields=("key", "starts_at", "address", "client", "required", "outcome"),
                        name="one_row_per_bucket",
                    ),
                ),
            ],
        ),
    ]
