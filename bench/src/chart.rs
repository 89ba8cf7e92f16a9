//! Draws bar charts as SVG that read on light and dark pages alike.

use std::fmt::Write as _;

/// A chart of horizontal bars.
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// The unit, and which direction is good.
    pub subtitle: String,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar.
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// The ends of the spread.
    pub spread: (f64, f64),
    /// What is written behind it.
    pub text: String,
    /// Whether it is the one that the chart is about.
    pub ours: bool,
}

const WIDTH: f64 = 860.0;
const LABELS: f64 = 250.0;
const LONGEST: f64 = 330.0;
const ROW: f64 = 34.0;
const TOP: f64 = 70.0;

/// Colours come in pairs; a reader's preference picks one, also where the picture is embedded.
const STYLE: &str = "text{font:14px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}\
.quiet{fill:#59636e;font-size:13px}.back{fill:#ffffff}.bar{fill:#8c959f}.ours{fill:#0969da}\
.spread{stroke:#1f2328;stroke-width:1.5}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.back{fill:#0d1117}.bar{fill:#6e7681}\
.ours{fill:#4493f8}.spread{stroke:#e6edf3}}";

impl Chart {
    /// Draws it.
    pub fn svg(&self) -> String {
        let longest =
            self.bars.iter().map(|bar| bar.spread.1.max(bar.value)).fold(f64::MIN_POSITIVE, f64::max);
        let rows = self.bars.len().try_into().map_or(0.0, |rows: u32| f64::from(rows));
        let height = TOP + rows * ROW + 14.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"back\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n\
             <text class=\"title\" x=\"20\" y=\"30\">{}</text>\n<text class=\"quiet\" x=\"20\" y=\"51\">{}</text>\n",
            escaped(&self.title),
            escaped(&self.title),
            escaped(&self.subtitle)
        );
        let mut top = TOP;
        for bar in &self.bars {
            bar.draw(&mut svg, top, LONGEST / longest);
            top += ROW;
        }
        svg.push_str("</svg>\n");
        svg
    }
}

impl Bar {
    fn draw(&self, svg: &mut String, top: f64, scale: f64) {
        let length = (self.value * scale).max(1.0);
        let (least, most) = (LABELS + self.spread.0 * scale, LABELS + self.spread.1 * scale);
        let (middle, line) = (top + 12.0, top + 17.0);
        let end = LABELS + length.max(self.spread.1 * scale) + 10.0;
        let class = if self.ours { "ours" } else { "bar" };
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{line:.1}\" text-anchor=\"end\">{}</text>\n\
             <rect class=\"{class}\" x=\"{LABELS}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"24\" rx=\"3\"/>\n\
             <line class=\"spread\" x1=\"{least:.1}\" y1=\"{middle:.1}\" x2=\"{most:.1}\" y2=\"{middle:.1}\"/>\n\
             <text x=\"{end:.1}\" y=\"{line:.1}\">{}</text>\n",
            LABELS - 12.0,
            escaped(&self.label),
            escaped(&self.text)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        let bar = |label: &str, value: f64, ours| Bar {
            label: label.to_owned(),
            value,
            spread: (value * 0.9, value * 1.1),
            text: format!("{value} <per> second"),
            ours,
        };
        Chart {
            title: "Drain & \"carry\"".to_owned(),
            subtitle: "entries per second; higher is better".to_owned(),
            bars: vec![bar("Backhaul", 1000.0, true), bar("a < b", 10.0, false)],
        }
    }

    /// Finds the first thing that makes a text no well-formed XML, as far as the charts use XML.
    fn malformed(xml: &str) -> Option<String> {
        let (mut open, mut rest) = (Vec::new(), xml);
        while let Some(start) = rest.find('<') {
            let (text, tagged) = rest.split_at(start);
            let strange = text
                .split('&')
                .skip(1)
                .find(|part| !["amp;", "lt;", "gt;", "quot;"].iter().any(|name| part.starts_with(name)));
            if let Some(part) = strange {
                return Some(format!("a bare & before {part:?}"));
            }
            let Some(end) = tagged.find('>') else { return Some("an unclosed tag".to_owned()) };
            let tag = &tagged[1..end];
            if tag.contains('<') || !tag.matches('"').count().is_multiple_of(2) {
                return Some(format!("a broken tag {tag:?}"));
            }
            let name = tag.trim_matches('/').split(' ').next().unwrap_or_default();
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return Some(format!("{name} is closed out of turn"));
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
            rest = &tagged[end + 1..];
        }
        (!open.is_empty() || !rest.trim().is_empty()).then(|| format!("open at the end: {open:?}{rest}"))
    }

    #[test]
    fn a_chart_is_well_formed_and_says_what_it_shows() {
        let svg = chart().svg();
        assert_eq!(malformed(&svg), None);
        assert!(svg.contains("higher is better") && svg.contains("prefers-color-scheme:dark"));
        for broken in ["<a><b></a></b>", "<a>&</a>", "<a", "<a x=\"></a>", "<a>"] {
            assert!(malformed(broken).is_some(), "{broken}");
        }
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let svg = chart().svg();
        let widths: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("class=\"ours\"") || line.contains("class=\"bar\""))
            .filter_map(|line| line.split("width=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(widths.len(), 2);
        assert!((widths[0] / widths[1] - 100.0).abs() < 5.0, "{widths:?}");
    }
}
