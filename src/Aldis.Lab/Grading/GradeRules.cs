using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>What the rules say, and of whom.</summary>
internal static class GradeRules
{
    /// <summary>The rules that can be broken, in the order they are told.</summary>
    /// <param name="terms">Which strategy, whose rules, and what is seen.</param>
    public static IEnumerable<GradeRule> Of(GradeTerms terms) => Enum.GetValues<GradeRule>().Where(rule =>
        (SidesOf(rule) & terms.Sides) != default && rule switch
        {
            GradeRule.GoBack => terms.Strategy == ArqMode.GoBackN,
            GradeRule.SameBytes or GradeRule.Form => terms.IsLive,
            GradeRule.SentBefore => !terms.IsLive,
            GradeRule.Numbers => terms.NumberBits is not null,
            _ => true,
        });

    /// <summary>Who breaks it.</summary>
    /// <param name="rule">The rule.</param>
    public static GradedSides SidesOf(GradeRule rule) => rule switch
    {
        GradeRule.Numbers or GradeRule.Form or GradeRule.SentBefore or GradeRule.Complete => GradedSides.Both,
        < GradeRule.Answered => GradedSides.Sender,
        _ => GradedSides.Receiver,
    };

    /// <summary>The rule as a sentence.</summary>
    /// <param name="rule">The rule.</param>
    public static string Sentence(GradeRule rule) => rule switch
    {
        GradeRule.Numbers => "the window fits the numbers of the frames",
        GradeRule.InOrder => "new frames leave in the order of their numbers",
        GradeRule.Window => "no frame leaves beyond the window",
        GradeRule.Early => "nothing goes again before its time-out",
        GradeRule.Again => "what is not acknowledged goes again after its time-out",
        GradeRule.Acknowledged => "nothing goes again that was acknowledged",
        GradeRule.GoBack => "after a time-out all from the oldest frame on go again",
        GradeRule.SameBytes => "a frame carries the same bytes each time",
        GradeRule.Answered => "each frame that comes is answered, one that comes again too",
        GradeRule.AckAhead => "an ACK speaks of nothing that did not come",
        GradeRule.AckBehind => "an ACK speaks of everything that came",
        GradeRule.Delivery => "each frame is delivered once and in order",
        GradeRule.Form => "each datagram has the form that was agreed",
        GradeRule.SentBefore => "nothing arrives that was not sent",
        _ => "in the end everything arrived and is acknowledged",
    };
}
