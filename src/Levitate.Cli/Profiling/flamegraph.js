"use strict";
(function () {
    const frames = Array.from(document.querySelectorAll("#frames g"));
    const margin = 10, width = document.documentElement.viewBox.baseVal.width - 2 * margin;

    // The name, as much of it as there is room for.
    function label(text, room) {
        const name = text.dataset.t, letters = Math.floor((room - 6) / 6.3);
        text.textContent = letters < 3 ? "" : name.length <= letters ? name : name.slice(0, letters - 1) + "…";
    }

    function show(chosen) {
        const from = chosen ? +chosen.dataset.x : margin, span = chosen ? +chosen.dataset.w : width, depth = chosen ? +chosen.dataset.d : 0;
        for (const frame of frames) {
            const start = +frame.dataset.x, room = +frame.dataset.w;
            const isCaller = +frame.dataset.d < depth && start <= from + 0.01 && start + room >= from + span - 0.01;
            const isInside = +frame.dataset.d >= depth && start >= from - 0.01 && start + room <= from + span + 0.01;
            frame.style.display = isCaller || isInside ? "" : "none";
            const x = isCaller ? margin : margin + (start - from) * width / span, w = isCaller ? width : room * width / span;
            const box = frame.querySelector("rect"), text = frame.querySelector("text");
            box.setAttribute("x", x);
            box.setAttribute("width", w);
            text.setAttribute("x", x + 3);
            label(text, w);
        }
    }

    frames.forEach(frame => frame.addEventListener("click", event => { event.stopPropagation(); show(frame); }));
    document.documentElement.addEventListener("click", () => show(null));
    show(null);
})();
