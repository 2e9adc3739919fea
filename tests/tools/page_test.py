"""Opens a page of hearsay report, or of a dashboard, in headless Chromium and uses it as a person would.

page_test.py PAGE RUNS, or page_test.py URL: exits with 0 when all is well, with 77 when there is no browser. Of a
dashboard it waits until more rows have come, says "it grows", and waits for the end of the run.
"""

import json
import pathlib
import shutil
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

SKIPPED = 77
X_LABELS = {"round": "rounds", "ideal_bits": "(bit)", "wire_bytes": "(B)", "seconds": "(s)"}


def browser(width, height):
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def require_quiet(driver, allowed=("file:", "data:", "blob:")):
    """No script errors, and no requests to anywhere else."""
    complaints = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    require(not complaints, complaints)
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            require(url.startswith(allowed), url)


def chart(driver, column):
    box = driver.find_element(By.CSS_SELECTOR, f"#chart-{column} .chart")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    WebDriverWait(driver, 20).until(lambda d: d.execute_script("return Boolean(arguments[0].dygraph)", box))
    return box


def window(driver, box):
    return driver.execute_script("return arguments[0].dygraph.xAxisRange()", box)


def look_at_axes(driver):
    for column, label in X_LABELS.items():
        driver.find_element(By.CSS_SELECTOR, f"[data-x={column}]").click()
        box = chart(driver, "train_loss")
        WebDriverWait(driver, 20).until(
            lambda d: label in d.find_element(By.CSS_SELECTOR, "#chart-train_loss .dygraph-xlabel").text)
        data = json.loads(driver.execute_script("return document.getElementById('data').textContent"))
        last = max(run["metrics"][column][-1] for run in data["runs"])
        require(abs(window(driver, box)[1] - last) <= 1e-9 * last, (column, window(driver, box), last))
    driver.find_element(By.CSS_SELECTOR, "[data-x=round]").click()
    box = chart(driver, "train_loss")
    is_log = "return arguments[0].dygraph.getOption('logscale')"
    require(driver.execute_script(is_log, box), "log y at first")
    driver.find_element(By.ID, "log-y").click()
    require(not driver.execute_script(is_log, chart(driver, "train_loss")), "linear when asked")
    driver.find_element(By.ID, "log-x").click()
    require(window(driver, chart(driver, "train_loss"))[0] > 0, "log x begins above 0")
    driver.find_element(By.ID, "log-x").click()


def look_closer(driver):
    box = chart(driver, "train_loss")
    before = window(driver, box)
    ActionChains(driver).move_to_element_with_offset(box, -40, 0).click_and_hold() \
        .move_by_offset(60, 0).release().perform()
    after = window(driver, box)
    require(before[0] < after[0] and after[1] < before[1], (before, after))
    require(window(driver, chart(driver, "grad_norm")) == after, "all plots zoom together")
    driver.find_element(By.ID, "unzoom").click()
    require(window(driver, chart(driver, "train_loss")) == before, "reset")


def hover(driver):
    box = chart(driver, "train_loss")
    ActionChains(driver).move_to_element_with_offset(box, 20, 10).perform()
    readout = driver.find_element(By.CSS_SELECTOR, "#chart-train_loss .readout").text
    data = json.loads(driver.execute_script("return document.getElementById('data').textContent"))
    require(" at " in readout and readout.endswith("rounds"), readout)
    name, rest = readout.rsplit(": ", 1)
    value, rounds = rest.removesuffix(" rounds").split(" at ")
    run = next(run for run in data["runs"] if run["name"] == name)
    at = run["metrics"]["round"].index(int(rounds))
    exact = run["metrics"]["train_loss"][at]
    require(abs(float(value) - exact) <= 1e-5 * abs(exact), (readout, exact))


def toggle(driver, runs):
    if runs < 2:
        return
    box = chart(driver, "train_loss")
    driver.find_element(By.CSS_SELECTOR, "[data-run='0']").click()
    visibility = driver.execute_script("return arguments[0].dygraph.visibility()", box)
    require(visibility[:runs] == [False] + [True] * (runs - 1), visibility)
    driver.find_element(By.CSS_SELECTOR, "[data-run='0']").click()


def watch(url):
    driver = browser(1280, 900)
    try:
        driver.get(url)
        WebDriverWait(driver, 60).until(
            lambda d: d.find_elements(By.CSS_SELECTOR, "#chart-train_loss .chart"))  # there once there is a row
        box = chart(driver, "train_loss")
        rows = "return arguments[0].dygraph.numRows()"
        first = driver.execute_script(rows, box)
        WebDriverWait(driver, 60).until(lambda d: d.execute_script(rows, box) > first)
        require("Running: round " in driver.find_element(By.ID, "state").text, "it says how far it is")
        print("it grows", flush=True)
        WebDriverWait(driver, 60).until(lambda d: "has ended" in d.find_element(By.ID, "state").text)
        require("stopped early" in driver.find_element(By.ID, "state").text, "and how it ended")
        require_quiet(driver, ("data:", "blob:", url))
    finally:
        driver.quit()


def main():
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        print("chromium and chromium-driver are not installed")
        return SKIPPED
    if sys.argv[1].startswith("http:"):
        watch(sys.argv[1])
        return 0
    page, runs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    for width, height in ((1280, 900), (390, 800)):
        driver = browser(width, height)
        try:
            driver.get(page.as_uri())
            look_at_axes(driver)
            toggle(driver, runs)
            if width > 1000:
                look_closer(driver)
                hover(driver)
            wide = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            require(wide[0] <= wide[1], f"the page is {wide[0]} pixels wide in a window of {wide[1]}")
            for part in ("topology", "phases", "about"):
                require(driver.find_element(By.ID, part).is_displayed(), part)
            require_quiet(driver)
        finally:
            driver.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
