namespace Aldis.Protocols.Budgets;

/// <summary>What a <see cref="ReceiveBudget"/> decided.</summary>
/// <param name="IsScarce">Whether memory is scarce for anybody: the next decision is due soon.</param>
/// <param name="Resumed">Who waited and may read again.</param>
/// <param name="Ended">Who is to be ended; the account has the reason.</param>
internal readonly record struct ReceiveDecision(bool IsScarce, List<ReceiveAccount> Resumed, List<ReceiveAccount> Ended);
