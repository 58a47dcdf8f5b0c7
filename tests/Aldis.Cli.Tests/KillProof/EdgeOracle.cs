using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// Compares what senders were told and said with what the journal holds. It knows the promises and nothing of the code that keeps them.
/// </summary>
internal static partial class EdgeOracle
{
    /// <summary>Finds every promise that was not kept.</summary>
    public static IReadOnlyList<EdgeFault> Judge(EdgeHistory history)
    {
        List<EdgeFault> faults = [.. history.ServerFaults];
        ILookup<string, StoredMessage> stored = history.Journal.ToLookup(message => message.Client, StringComparer.Ordinal);
        foreach (SenderHistory sender in history.Senders)
        {
            foreach (EdgeRound round in sender.Rounds)
            {
                JudgeEnd(history, sender, round, faults);
            }
        }

        foreach (IGrouping<string, SenderHistory> senders in history.Senders.GroupBy(sender => sender.Plan.Client, StringComparer.Ordinal))
        {
            StoredMessage[] messages = [.. stored[senders.Key]];
            JudgeNumbers(senders.Key, messages, faults);
            if (senders.First().Plan.IsShared)
            {
                JudgeShared([.. senders], messages, faults);
            }
            else
            {
                JudgeAlone(senders.Single(), messages, faults);
            }
        }

        HashSet<string> clients = [.. history.Senders.Select(sender => sender.Plan.Client)];
        faults.AddRange(stored.Where(messages => !clients.Contains(messages.Key))
            .Select(messages => new EdgeFault("invented", $"the journal has messages of '{messages.Key}', which sent nothing")));
        return faults;
    }

    /// <summary>What an exit is to be explained by. Trouble is the first outage that reaches beyond the last acknowledgement.</summary>
    private static ExitFacts Explain(EdgeHistory history, SenderHistory sender, EdgeRound round)
    {
        IEnumerable<TimeSpan> answers = round.Reports.Where(report => report.Name == "acknowledged").Select(report => report.At);
        TimeSpan calm = answers.Append(round.Started).Max();
        Outage[] before = [.. history.Outages.Where(outage => outage.Begin <= round.Exited)];
        Outage[] since = [.. before.Where(outage => outage.End >= calm)];
        TimeSpan lastEnd = before.Select(outage => outage.End).Append(TimeSpan.Zero).Max();
        long acknowledged = Acknowledged(round).LongCount();

        // A run that was never served has been without a server since its start.
        TimeSpan? troubleBegan = since.Length == 0 ? null
            : acknowledged > 0 && since[0].Begin > round.Started ? since[0].Begin : round.Started;
        return new ExitFacts
        {
            Code = round.ExitCode,
            Signal = round.Signal,
            InputEnded = round.InputEnded,
            AllAcknowledged = round.Summary is { } summary
                && summary.Sent == summary.Acknowledged
                && acknowledged == summary.Acknowledged
                && (sender.Plan.Form == SenderForm.Skipping ? summary.Taken == sender.Plan.Rounds[0].Lines
                    : sender.Plan.Form == SenderForm.Fresh || acknowledged == round.Given),
            SomeAcknowledged = acknowledged > 0,
            IsShared = sender.Plan.IsShared,
            IsDiskLimited = sender.Plan.IsDiskLimited,
            Trouble = round.Exited - troubleBegan,
            WellFor = lastEnd >= round.Exited ? TimeSpan.Zero : round.Exited - lastEnd,
            Kinds = since.Select(outage => outage.Kind).ToHashSet(),
            IsDatagram = history.Scenario.Transport == EdgeTransport.Arq,
            Retry = round.Retry,
            Timeout = round.Timeout,
        };
    }

    private static IEnumerable<long> Acknowledged(EdgeRound round)
    {
        foreach (SenderReport report in round.Reports.Where(report => report.Name == "acknowledged"))
        {
            for (long item = report.First; item <= report.Last; item++)
            {
                yield return item;
            }
        }
    }

    private static void JudgeEnd(EdgeHistory history, SenderHistory sender, EdgeRound round, List<EdgeFault> faults)
    {
        string who = $"{sender.Plan.Name} run {round.Number}";
        if (round.Hung)
        {
            faults.Add(new EdgeFault("hang", $"{who} did not end: {round}"));
            return;
        }

        if (round.ErrorLines.FirstOrDefault(line => StackTrace().IsMatch(line)) is string trace)
        {
            faults.Add(new EdgeFault("crash", $"{who} printed '{trace}', exit {round.ExitCode}"));
            return;
        }

        if (round.IsDrain)
        {
            if (round.ExitCode != ExitCode.Confirmed && !(sender.Plan.IsShared && round.ExitCode == ExitCode.Refused))
            {
                faults.Add(new EdgeFault("drain", $"{who} could not empty it at a server that is well: {round}: {round.LastWords}"));
            }
        }
        else if (ExitModel.Judge(Explain(history, sender, round)) is { } fault)
        {
            faults.Add(fault with { Sentence = $"{who}: {fault.Sentence}; it said: {round.LastWords}" });
        }

        if (round.Reports.Any(report => report.Name is "lost" or "client-unknown"))
        {
            faults.Add(new EdgeFault("lost", $"{who} was told that the server lost what it had acknowledged"));
        }
    }

    /// <summary>A line that was read is in the outbox before any exit, except where that has no room.</summary>
    private static bool MustHaveKept(EdgeRound round) => round.EndedItself && round.ExitCode != ExitCode.UsageOrLocalError;

    /// <summary>The numbers of a client are 1, 2, 3, … whoever sent.</summary>
    private static void JudgeNumbers(string client, StoredMessage[] messages, List<EdgeFault> faults)
    {
        for (int i = 0; i < messages.Length; i++)
        {
            if (messages[i].Sequence != i + 1)
            {
                faults.Add(new EdgeFault("numbers", $"record {i + 1} of {client} has the number {messages[i].Sequence}"));
                return;
            }
        }
    }

    /// <summary>Of each run the first lines, one after the other, once; and of an outbox everything it ever took.</summary>
    private static void JudgeAlone(SenderHistory sender, StoredMessage[] messages, List<EdgeFault> faults)
    {
        SenderPlan plan = sender.Plan;
        int[] counts = new int[plan.Rounds.Count + 1];
        int last = 0;
        foreach (StoredMessage message in messages)
        {
            bool isLine = EdgeLine.TryRead(message.Payload, out string name, out int round, out int line);
            string what = $"message {message.Sequence} of {plan.Name} is line {line} of run {round}";
            if (!isLine || name != plan.Name || round >= counts.Length || line != counts[round] + 1 || round < last)
            {
                string kind = round < counts.Length && line <= counts[round] ? "doubled" : "order";
                faults.Add(new EdgeFault(kind, $"{what}; before it {string.Join('+', counts)} lines were stored"));
                return;
            }

            if (!message.Payload.AsSpan().SequenceEqual(plan.Line(Math.Max(round, 1), line)))
            {
                faults.Add(new EdgeFault("altered", $"{what} with other bytes"));
                return;
            }

            counts[last = round] = line;
        }

        foreach (EdgeRound round in sender.Rounds)
        {
            JudgeKept(plan, round, counts, faults);
        }

        bool isDrained = sender.Rounds[^1] is { IsDrain: true, ExitCode: ExitCode.Confirmed };
        if (plan.Form == SenderForm.Skipping && isDrained && counts[0] != plan.Rounds[0].Lines)
        {
            faults.Add(new EdgeFault("lost", $"{counts[0]} of {plan.Rounds[0].Lines} lines of {plan.Name} are stored"));
        }
    }

    /// <summary>What a run was told and said, against the lines of each run that are stored.</summary>
    private static void JudgeKept(SenderPlan plan, EdgeRound round, int[] counts, List<EdgeFault> faults)
    {
        string who = $"{plan.Name} run {round.Number}";
        bool hasOwn = plan.Form != SenderForm.Skipping && !round.IsDrain;
        int own = hasOwn ? counts[round.Number] : 0;
        int upToNow = plan.Form == SenderForm.Skipping ? counts[0] : counts.Take(round.Number + 1).Sum();
        long most = Acknowledged(round).DefaultIfEmpty(0).Max();
        if (most > (plan.Form == SenderForm.Memory ? own : upToNow))
        {
            faults.Add(new EdgeFault("lost", $"{who} was told that item {most} is stored; there are {own} of this run, {upToNow} of all"));
        }

        if (plan.HasOutbox && round.Summary?.Taken > upToNow)
        {
            faults.Add(new EdgeFault("lost", $"{who}: its outbox said that it took {round.Summary.Taken}; {upToNow} are stored"));
        }

        if (hasOwn && round.ExitCode == ExitCode.Confirmed && own != round.Given)
        {
            faults.Add(new EdgeFault("exit", $"{who} ended with 0, was given {round.Given} lines, and {own} are stored"));
        }

        if (plan.Form == SenderForm.Fresh && hasOwn && MustHaveKept(round) && own < round.Consumed)
        {
            faults.Add(new EdgeFault("nowhere", $"{who} read {round.Consumed} lines, and {own} were ever stored: {round}"));
        }
    }

    /// <summary>Whatever senders with one id do: what was acknowledged to one is stored with these bytes, and nothing twice.</summary>
    private static void JudgeShared(SenderHistory[] senders, StoredMessage[] messages, List<EdgeFault> faults)
    {
        var stored = new HashSet<string>(StringComparer.Ordinal);
        foreach (StoredMessage message in messages)
        {
            bool isReadable = EdgeLine.TryRead(message.Payload, out string name, out int round, out int line);
            SenderPlan? plan = senders.FirstOrDefault(sender => sender.Plan.Name == name)?.Plan;
            if (!isReadable || plan is null || round > plan.Rounds.Count || line < 1
                || !message.Payload.AsSpan().SequenceEqual(plan.Line(Math.Max(round, 1), line)))
            {
                faults.Add(new EdgeFault("altered", $"message {message.Sequence} of {message.Client} is nothing that was sent"));
            }
            else if (!stored.Add($"{name} {round} {line}"))
            {
                faults.Add(new EdgeFault("doubled", $"line {line} of {name} is stored twice"));
            }
        }

        foreach (SenderHistory sender in senders)
        {
            foreach (EdgeRound round in sender.Rounds)
            {
                int of = sender.Plan.Form == SenderForm.Skipping ? 0 : round.Number;
                long[] missing = [.. Acknowledged(round).Where(item => !stored.Contains($"{sender.Plan.Name} {of} {item}"))];
                if (missing.Length > 0)
                {
                    string told = $"was told that line {missing[0]} and {missing.Length - 1} more are stored";
                    faults.Add(new EdgeFault("lost", $"{sender.Plan.Name} run {round.Number} {told}; they are not"));
                }
            }
        }
    }

    [GeneratedRegex(
        @"^\s+at \S+\(|[Uu]nhandled exception|\bSystem\.[A-Z]\w*(\.\w+)*Exception|[Ff]atal error", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StackTrace();
}
