using System.Globalization;

namespace Aldis.Lab.Grading;

/// <summary>Notes when a rule could be broken and when it was.</summary>
/// <param name="terms">Which rules; whoever is not judged may do what he wants.</param>
internal sealed class GradeBook(GradeTerms terms)
{
    private readonly Dictionary<GradeRule, RuleVerdict> _verdicts = GradeRules.Of(terms)
        .ToDictionary(static rule => rule, static rule => new RuleVerdict(rule, 0, 0, 0, string.Empty));

    /// <summary>Every rule, in the order they are told.</summary>
    public IReadOnlyList<RuleVerdict> Verdicts => [.. _verdicts.Values.OrderBy(static verdict => verdict.Rule)];

    /// <summary>Whether no rule was broken.</summary>
    public bool IsClean => _verdicts.Values.All(static verdict => verdict.IsKept);

    /// <summary>Notes an occasion.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="at">The event.</param>
    /// <param name="isKept">Whether it was kept.</param>
    /// <param name="detail">What happened, where it was not.</param>
    public void Check(GradeRule rule, in GradedEvent at, bool isKept, FormattableString detail)
    {
        if (!_verdicts.TryGetValue(rule, out RuleVerdict? verdict))
        {
            return;
        }

        bool isFirst = !isKept && verdict.IsKept;
        _verdicts[rule] = verdict with
        {
            Occasions = verdict.Occasions + 1,
            Breaches = verdict.Breaches + (isKept ? 0 : 1),
            Line = isFirst ? at.Line : verdict.Line,
            Detail = isFirst ? detail.ToString(CultureInfo.InvariantCulture) : verdict.Detail,
            TimeNanoseconds = isFirst ? at.TimeNanoseconds : verdict.TimeNanoseconds,
        };
    }
}
