alert_tap  = true
disposable = true
