"""Scores every night with Apache Airflow 2.9 or later, and verifies what was published.

Each run scores the day on which its data interval ends, so a backfill of the DAG scores the days of the past, the oldest first: one
run at a time, as the statuses of a day's MQLs are told by the day before. Exit code 75 is tried again; 1, 2 and 3 are not, as
somebody has to mend something first.
"""

import pendulum
from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

JOB = "/srv/leads/job.yaml"
PUBLISHED = "/srv/leads/published"


def leadscore(*arguments):
    """Runs leadscore, whose logs become the task's, and gives what it says of itself."""
    import json
    import subprocess

    done = subprocess.run(["leadscore", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode in (1, 2, 3):
        raise AirflowFailException(f"leadscore ended with {done.returncode}")
    if done.returncode != 0:
        raise AirflowException(f"leadscore ended with {done.returncode}, which may pass")
    return json.loads(done.stdout)


@dag(
    schedule="30 4 * * *",
    start_date=pendulum.datetime(2026, 11, 1, tz="Europe/Stockholm"),
    catchup=True,
    max_active_runs=1,
    default_args={"retries": 6, "retry_delay": pendulum.duration(minutes=10)},
)
def leads():
    @task
    def score(data_interval_end=None):
        date = data_interval_end.in_timezone("Europe/Stockholm").to_date_string()
        summary = leadscore("score", JOB, "--as-of", date)
        return {"date": date, "run_id": summary["run_id"], "mqls": summary["mqls"]}

    @task
    def verify(run):
        leadscore("verify", PUBLISHED, "--date", run["date"])

    verify(score())


leads()
